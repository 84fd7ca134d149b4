import { setTimeout as wait } from 'node:timers/promises'
import type { StageSettings } from '../../../demo/server/stage-settings.js'
import type { Browser, Page } from '../../support/browsers/index.js'
import { openStageOn, type Stage } from '../../support/stage.js'
import type { Contestant, Format } from './contestants.js'
import type { Recording } from './pages/recorder.js'

/** What plays. MP4 is a film that is too large to be loaded before its URL expires. */
const FILMS: Readonly<Record<Format, { resource: string; type: string }>> = {
  HLS: { resource: 'film', type: 'application/x-mpegURL' },
  DASH: { resource: 'film/manifest.mpd', type: 'application/dash+xml' },
  MP4: { resource: 'heavy/film.mp4', type: 'video/mp4' },
}

/**
 * The same conditions for all. An MP4 comes in pieces, as from CDNs that answer a range without an end so: no response is cut, and the browser
 * has to make requests while the film plays.
 */
const CONDITIONS: Readonly<Record<Format, Partial<StageSettings>>> = {
  HLS: { answer: 'expiresIn', bytesPerSecond: 150_000 },
  DASH: { answer: 'expiresIn', bytesPerSecond: 150_000 },
  MP4: { answer: 'expiresIn', bytesPerSecond: 250_000, rangeCapBytes: 300_000 },
}

const START_TIMEOUT_MS = 20_000
const POLL_MS = 100

/** A contestant that plays in a window of its own, with its own endpoint and CDN. */
export class Visit {
  private constructor(
    readonly page: Page,
    readonly stage: Stage,
  ) {}

  /** Resolves at the first frame. Rejects with what the player said when it doesn't start. */
  static async start(
    browser: Browser,
    siteUrl: string,
    contestant: Contestant,
    { clockMs = 0, ...settings }: Partial<StageSettings> & { clockMs?: number },
  ): Promise<Visit> {
    const { format, player, options, needsSecondVisit } = contestant
    const page = await browser.newPage()
    const open = async () => {
      const stage = await openStageOn(siteUrl, { ...CONDITIONS[format], ...settings })
      const query = { ...options, ...FILMS[format], player, endpoint: stage.endpoint, clockMs: String(clockMs) }
      await page.goto(`${siteUrl}/page.html?${new URLSearchParams(query)}`)
      const visit = new Visit(page, stage)
      await visit.#untilStarted()
      return visit
    }
    try {
      if (needsSecondVisit) {
        await open()
        await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
      }
      return await open()
    } catch (error) {
      await page.close()
      throw error
    }
  }

  see(): Promise<Recording> {
    return this.page.evaluate<Recording>('window.recorder.see()')
  }

  /** Waits until the film is at `position`, or for at most `timeoutMs`. */
  async reaches(position: number, timeoutMs: number): Promise<Recording> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const seen = await this.see()
      if (seen.position >= position || performance.now() > end) return seen
      await wait(POLL_MS)
    }
  }

  close(): Promise<void> {
    return this.page.close()
  }

  async #untilStarted(): Promise<void> {
    const end = performance.now() + START_TIMEOUT_MS
    for (;;) {
      const seen = await this.page.evaluate<Recording | null>('window.recorder?.see() ?? null')
      if (seen?.hasStarted) return
      if (seen?.said != null) throw new Error(seen.said)
      if (performance.now() > end) throw new Error(`It did not start within ${START_TIMEOUT_MS / 1_000} s.`)
      await wait(POLL_MS)
    }
  }
}
