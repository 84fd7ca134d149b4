import type { Environment } from '../../src/core/environment.js'

/** A page whose connection, visibility and chance are controlled by a test. */
export class FakeEnvironment implements Environment {
  /** What `random()` returns, from 0 to 1. */
  chance = 0.5
  #online = true
  #unseen = false
  readonly #waiting = new Set<() => void>()

  set online(online: boolean) {
    this.#online = online
    this.#wake()
  }

  /** Hidden and paused at once. */
  set unseen(unseen: boolean) {
    this.#unseen = unseen
    this.#wake()
  }

  isOnline(): boolean {
    return this.#online
  }

  readonly random = (): number => this.chance

  whenReady(isRepeat: boolean, signal: AbortSignal): Promise<void> {
    const isReady = () => this.#online && !(isRepeat && this.#unseen)
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (isReady()) return resolve()
      const settle = () => {
        if (!signal.aborted && !isReady()) return
        this.#waiting.delete(settle)
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(signal.reason)
        else resolve()
      }
      this.#waiting.add(settle)
      signal.addEventListener('abort', settle)
    })
  }

  /** The number of signing requests that wait for the page. */
  get waiting(): number {
    return this.#waiting.size
  }

  #wake(): void {
    for (const settle of [...this.#waiting]) settle()
  }
}
