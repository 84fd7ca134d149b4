/** Viewers by the time of their next event: each has exactly one, so a list of a bucket needs no memory but a link per viewer. */
export class Timeline {
  readonly #bucketMs: number
  /** The first viewer of each bucket, and the next one in the bucket of each viewer; -1 for none. */
  readonly #first: Int32Array
  readonly #next: Int32Array

  constructor(viewers: number, endsAt: number, bucketMs = 20) {
    this.#bucketMs = bucketMs
    this.#first = new Int32Array(Math.ceil(endsAt / bucketMs)).fill(-1)
    this.#next = new Int32Array(viewers).fill(-1)
  }

  add(viewer: number, at: number): void {
    const bucket = Math.floor(at / this.#bucketMs)
    if (bucket >= this.#first.length) return
    this.#next[viewer] = this.#first[bucket] ?? -1
    this.#first[bucket] = viewer
  }

  /** Calls `step` for each viewer in the order of the buckets. It returns when it wants to be called for that viewer again: now or later. */
  run(step: (viewer: number) => number): void {
    for (let bucket = 0; bucket < this.#first.length; bucket += 1) {
      for (let viewer = this.#first[bucket] ?? -1; viewer >= 0; viewer = this.#first[bucket] ?? -1) {
        this.#first[bucket] = this.#next[viewer] ?? -1
        this.add(viewer, step(viewer))
      }
    }
  }
}
