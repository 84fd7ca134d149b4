import type { SignedMedia } from '../../core/signed-media.js'
import type { Situation } from './decision.js'
import type { ElementUrl } from './element-url.js'
import { ProgressWatch } from './progress-watch.js'
import { isBuffered, isLoadedToEnd, isSeekable } from './ranges.js'

/** `HTMLMediaElement.HAVE_FUTURE_DATA`. */
const HAVE_FUTURE_DATA = 3

/** What is known of the element: gathers the situation that a decision depends on. */
export class ObservedElement {
  /** It has loaded metadata. */
  isOpen = false
  /** The service worker answers its address; the URL behind it changes unseen. */
  isRouted = false
  readonly watch = new ProgressWatch()
  /** Without the mask that a swap puts on it. */
  readonly #real: HTMLVideoElement
  readonly #url: ElementUrl
  readonly #media: Pick<SignedMedia, 'now'>
  readonly #isHls: boolean
  #place = 0

  constructor(real: HTMLVideoElement, url: ElementUrl, media: Pick<SignedMedia, 'now'>, isHls: boolean) {
    this.#real = real
    this.#url = url
    this.#media = media
    this.#isHls = isHls
  }

  /** Where it plays, s. With an error, WebKit goes back to 0. */
  get place(): number {
    return this.#real.error ? this.#place : this.#real.currentTime
  }

  /** To be called as often as the place may have changed. */
  notePlace(place = this.place): void {
    this.#place = place
  }

  /** `position`: where it plays, or where a seek goes, s. */
  situation(event: Situation['event'], position: number, answer?: Situation['answer']): Situation {
    const real = this.#real
    const { watch } = this
    const now = this.#media.now()
    const url = this.isRouted ? 'fresh' : this.#url.validity
    // A busy machine stalls what has data.
    const lacksData = real.readyState < HAVE_FUTURE_DATA || real.seeking || url === 'expired'
    return {
      event,
      kind: this.#isHls ? 'playlist' : this.#url.hasCookie ? 'cookie' : 'file',
      url,
      // Where the worker could not prevent a failure, the signed URL itself is the newer one.
      hasNewer: this.isRouted ? event === 'error' : this.#url.hasNewer,
      isOpen: this.isOpen,
      isLoaded: event === 'seek' ? isBuffered(real, position) || !isSeekable(real) : isLoadedToEnd(real),
      ahead: watch.ahead,
      isFlowing: watch.isFlowing(now),
      isStuck: event === 'look' && lacksData && watch.isStuck(now, position),
      isTime: document.hidden || real.seeking || this.#url.isEnding,
      loads: watch.loadsAt(position),
      answer,
    }
  }
}
