import { isServedByWorker } from '../worker.js'
import type { Engine } from './engines.js'
import type { ViewerPromise } from './promises.js'
import type { Result } from './report.js'
import { BrokenPromiseError, Showing } from './showing.js'

export type Trial = Pick<Result, 'outcome' | 'seen'>

/** How long a worker gets to install and to take charge of the page. */
const WORKER_MS = 20_000

/** With a URL that doesn't expire. */
const LASTING = { lifeMs: 3_600_000 }
const LASTING_PLAYS_S = 3
const LASTING_MS = 20_000

/** Plays the videos of the self-test, one after the other, in `screen`. */
export class Trials {
  readonly #screen: HTMLElement
  readonly #controls = new Map<Engine, Promise<string | undefined>>()
  #isWorkerReady: Promise<boolean> | undefined

  constructor(screen: HTMLElement) {
    this.#screen = screen
  }

  /** Plays a video and says what was seen. Rejects when the demo's server doesn't answer. */
  async try(engine: Engine, promise: ViewerPromise): Promise<Trial> {
    if (engine.way === 'worker' && !(await this.#awaitWorker(engine)))
      return { outcome: 'not tried', seen: 'The worker did not take charge of this page. Load the page again.' }
    const why = await this.#whyNeverPlays(engine)
    if (why !== undefined)
      return { outcome: 'not tried', seen: `This browser does not play it with a URL that lasts, either. ${why}` }
    const showing = await Showing.open(this.#screen, engine, promise.settings)
    try {
      await promise.run(showing)
      if (engine.way === 'worker' && isServedByWorker(showing.player) !== true)
        return { outcome: 'not tried', seen: `The browser loaded the video past the worker: ${showing.describe()}` }
      return { outcome: 'kept', seen: showing.describe() }
    } catch (cause) {
      if (!(cause instanceof BrokenPromiseError)) throw cause
      return { outcome: 'broken', seen: `${cause.message} Seen: ${showing.describe()}` }
    } finally {
      await showing.close()
    }
  }

  /** What an engine does in this browser without an expiry is not the plugin's fault. Undefined if it plays. */
  #whyNeverPlays(engine: Engine): Promise<string | undefined> {
    const known = this.#controls.get(engine) ?? this.#playLasting(engine)
    this.#controls.set(engine, known)
    return known
  }

  async #playLasting(engine: Engine): Promise<string | undefined> {
    const showing = await Showing.open(this.#screen, engine, LASTING)
    try {
      await showing.play()
      await showing.until(() => showing.position >= LASTING_PLAYS_S, 'the picture', LASTING_MS)
      return undefined
    } catch (cause) {
      if (!(cause instanceof BrokenPromiseError)) throw cause
      return cause.message
    } finally {
      await showing.close()
    }
  }

  /** Resolves with whether a worker controls the page. The plugin registers it when a first video is opened. */
  #awaitWorker(engine: Engine): Promise<boolean> {
    this.#isWorkerReady ??= this.#installWorker(engine)
    return this.#isWorkerReady
  }

  async #installWorker(engine: Engine): Promise<boolean> {
    const { serviceWorker } = navigator
    if (serviceWorker.controller !== null) return true
    const first = await Showing.open(this.#screen, engine, {})
    const isReady = () => serviceWorker.controller !== null
    await first.until(isReady, 'the worker', WORKER_MS).catch(() => {})
    await first.close()
    return isReady()
  }
}
