import { describe, expect, it } from 'vitest'
import { StallMeter } from '../../../demo/stall-meter.js'

/** A player that is sampled every 50 ms. */
class FakeVideo {
  readonly meter = new StallMeter()
  #at = 1000
  #position = 0

  plays(ms: number, rate = 1): this {
    return this.#pass(ms, rate, true)
  }

  stands(ms: number): this {
    return this.#pass(ms, 0, true)
  }

  /** Paused, seeking, ended or broken. */
  rests(ms: number): this {
    return this.#pass(ms, 0, false)
  }

  #pass(ms: number, rate: number, shouldMove: boolean): this {
    for (const end = this.#at + ms; this.#at < end; ) {
      this.#at += 50
      this.#position += (50 * rate) / 1000
      this.meter.look({ at: this.#at, position: this.#position, shouldMove })
    }
    return this
  }
}

describe('StallMeter', () => {
  it.each([
    ['a video that plays', (video: FakeVideo) => video.plays(60_000), 0],
    ['a video at double speed', (video: FakeVideo) => video.plays(1000, 2), 0],
    ['the wait for the first frame', (video: FakeVideo) => video.rests(200).stands(3000).plays(1000), 0],
    ['a frame that stands for 100 ms', (video: FakeVideo) => video.plays(1000).stands(100).plays(1000), 0],
    ['a frame that stands for 150 ms', (video: FakeVideo) => video.plays(1000).stands(150).plays(1000), 150],
    ['two stalls', (video: FakeVideo) => video.plays(500).stands(400).plays(500).stands(250).plays(500), 650],
    ['a pause', (video: FakeVideo) => video.plays(1000).rests(5000).plays(1000), 0],
    [
      'a stall that the viewer ends by pausing',
      (video: FakeVideo) => video.plays(1000).stands(800).rests(5000).plays(500),
      800,
    ],
    [
      'a video that does not resume after a pause',
      (video: FakeVideo) => video.plays(1000).rests(1000).stands(700).plays(500),
      650,
    ],
  ])('measures %s', (_, watch, expected) => {
    expect(watch(new FakeVideo()).meter.stalledMs).toBe(expected)
  })

  it('counts a stall while it lasts', () => {
    const { meter } = new FakeVideo().plays(1000).stands(2000)
    expect(meter).toMatchObject({ stalledMs: 2000, isStalled: true })
  })

  it('counts no stall when the video moves between distant samples, as in a hidden tab', () => {
    const meter = new StallMeter()
    for (let second = 0; second < 10; second += 1) {
      meter.look({ at: second * 1000, position: second, shouldMove: true })
    }
    expect(meter.stalledMs).toBe(0)
  })
})
