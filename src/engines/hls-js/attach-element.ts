import { empty } from '../media-source.js'
import type { MediaOwner } from './hls-class.js'
import type { HlsSession } from './hls-session.js'

/**
 * Attaches hls.js to the element with `mediaSource`, which that has already, and gives it another one of ours whenever it is attached again: for an ad of the stream
 * (`EXT-X-DATERANGE` of the class `com.apple.hls.interstitial`), which a second instance plays, for the video after that, and to recover.
 *
 * hls.js's own MediaSource would be set through Video.js's `src` property, and so become the page's `currentSource()`. Emptying the element also pauses it. hls.js plays
 * on by itself only if it saw the `play` event, but that came before it was loaded.
 *
 * Returns a function that tells whether the element's timeline is an ad's instead of the video's.
 */
export function attachElement(session: HlsSession, mediaSource: MediaSource): () => boolean {
  const { hls, Hls, player, tech, openMediaSource, signal } = session
  const element = tech.el()
  /** What hls.js has in the element. */
  let url = ''
  let wasPlaying = false
  let ad: MediaOwner | undefined

  const take = (owner: MediaOwner, isAd?: boolean) => {
    const attach = owner.attachMedia.bind(owner)
    const detach = owner.detachMedia.bind(owner)
    let rate = 1
    owner.attachMedia = (data) => {
      // An ad with the video's own timeline gets the MediaSource that the video plays from.
      const given = 'media' in data ? data : { media: data }
      const isHandedOver = !!given.mediaSource
      ad = isAd && !isHandedOver ? owner : undefined
      attach(isHandedOver ? given : { ...given, mediaSource: openMediaSource() })
      url = element.src
      if (isHandedOver) return
      element.playbackRate = rate
      if (wasPlaying) element.play().catch(() => {})
    }
    owner.detachMedia = () => {
      if (owner.media) {
        rate = element.playbackRate
        wasPlaying = !element.paused
        // Before hls.js does it, with `sourceset`. Not if another script has set `src`.
        if (element.src === url) empty(element)
      }
      detach()
    }
  }

  take(hls)
  hls.on(Hls.Events.INTERSTITIAL_ASSET_PLAYER_CREATED, (_event, { player: { hls: adHls } }) => {
    if (adHls) take(adHls, true)
  })
  // The video hasn't ended: `ended` would make playlist plugins go on to the next one.
  const onEnded = (event: Event) => {
    if (event.target !== element || !ad) return
    event.stopImmediatePropagation()
    ad.trigger(Hls.Events.MEDIA_ENDED, { stalled: false })
  }
  player.el().addEventListener('ended', onEnded, { capture: true, signal })
  hls.attachMedia({ media: element, mediaSource })
  return () => ad !== undefined
}
