/** The events that listeners still expect after one that they received: `seeked` after `seeking`, `playing` after `play` or `waiting`. */
export class OwedEvents {
  readonly #owed = new Set<string>()
  /** As they know it. */
  isPaused: boolean

  constructor(isPaused: boolean) {
    this.isPaused = isPaused
  }

  /** The listeners received it. */
  heard(type: string): void {
    if (type === 'play' || type === 'pause') this.isPaused = type === 'pause'
    if (type === 'seeking') this.#owed.add('seeked')
    else if (type === 'play' || type === 'waiting') this.#owed.add('playing')
    else if (type === 'pause') this.#owed.delete('playing')
    else this.#owed.delete(type)
  }

  has(type: string): boolean {
    return this.#owed.has(type)
  }
}
