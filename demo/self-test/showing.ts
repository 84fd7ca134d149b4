import videojs from 'video.js'
import type Player from 'video.js/dist/types/player.js'
// A site writes `import 'videojs-signed-url'`.
import '../../src/index.js'
import { ownStage } from '../own-stage.js'
import { SMALL_BUFFER } from '../small-buffer.js'
import { FULL_SPEED, IN_PARTS } from '../speeds.js'
import type { Stage, StageSettings } from '../stage.js'
import { StallMeter } from '../stall-meter.js'
import { WORKER } from '../worker.js'
import type { Engine } from './engines.js'

const LOOK_MS = 50
/** A slow device on a slow line needs a while for a swap. */
const PATIENCE_MS = 60_000

/** The video broke a promise. The message says how. */
export class BrokenPromiseError extends Error {
  override readonly name = 'BrokenPromiseError'
}

/** One video on a player, a signing endpoint and a CDN of its own. */
export class Showing {
  readonly player: Player
  readonly stage: Stage
  readonly #meter = new StallMeter()
  readonly #look: ReturnType<typeof setInterval>

  private constructor(player: Player, stage: Stage) {
    this.player = player
    this.stage = stage
    let isOnScreen = false
    player.one('loadeddata', () => {
      isOnScreen = true
    })
    this.#look = setInterval(() => {
      const shouldMove = isOnScreen && !player.paused() && !player.seeking() && !player.ended() && !player.error()
      this.#meter.look({ at: performance.now(), position: this.position, shouldMove })
    }, LOOK_MS)
  }

  /** Opens a stage with these settings and a player in `screen`. Rejects when the demo's server doesn't answer. */
  static async open(screen: HTMLElement, engine: Engine, settings: Partial<StageSettings>): Promise<Showing> {
    const { stage, endpoint } = ownStage('self-test')
    await stage.change({ ...(engine.way === 'requests' ? FULL_SPEED : IN_PARTS), ...settings })
    const video = document.createElement('video')
    video.className = 'video-js'
    // Browsers let a muted video play in the page without another tap.
    Object.assign(video, { muted: true, playsInline: true, loop: true, crossOrigin: 'anonymous' })
    screen.replaceChildren(video)
    const player = videojs(video, {
      fluid: true,
      aspectRatio: '16:9',
      plugins: {
        signedUrl: {
          endpoint,
          engine: engine.engine,
          serviceWorker: engine.way === 'worker' && WORKER,
          hls: SMALL_BUFFER,
        },
      },
    })
    player.src(engine.source)
    return new Showing(player, stage)
  }

  get position(): number {
    return this.player.currentTime() ?? 0
  }

  async play(): Promise<void> {
    await this.player.play()?.catch((cause: unknown) => {
      if (cause instanceof DOMException && cause.name === 'NotAllowedError')
        throw new BrokenPromiseError('The browser did not let the page start a video.', { cause })
    })
  }

  /** Waits for `condition`; `what` names it. Rejects with `BrokenPromiseError` at an error of the player, and when it takes too long. */
  async until(condition: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    const start = performance.now()
    while (!condition()) {
      const error = this.player.error()
      if (error) throw new BrokenPromiseError(describeError(error))
      if (performance.now() - start > patienceMs)
        throw new BrokenPromiseError(
          `Waited ${patienceMs / 1000} s for ${what}. No error; the video is at ${this.position.toFixed(1)} s.`,
        )
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  reaches(position: number): Promise<void> {
    return this.until(() => this.position >= position, `the picture at ${position.toFixed(1)} s`)
  }

  /** What was seen so far, in words. */
  describe(): string {
    const { signings, refreshes, refusals, swaps, longestGapMs } = this.player.signedUrl().stats
    const parts = [
      `at ${this.position.toFixed(1)} s`,
      `stalled ${this.#meter.stalledMs} ms`,
      count(signings, 'signing request'),
      count(refreshes, 'refresh', 'refreshes'),
      `${refusals} refused`,
    ]
    if (swaps > 0) parts.push(`${count(swaps, 'swap')}, the longest gap ${Math.round(longestGapMs)} ms`)
    return parts.join(', ')
  }

  async close(): Promise<void> {
    clearInterval(this.#look)
    this.player.dispose()
    await this.stage.end().catch(() => {})
  }
}

function describeError(error: { code: number; message: string; cause?: unknown }): string {
  const { code, message, cause } = error
  return `Error ${code}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
