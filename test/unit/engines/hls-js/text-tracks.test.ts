import Hls from 'hls.js'
import { describe, expect, it } from 'vitest'
import type { HlsSession } from '../../../../src/engines/hls-js/hls-session.js'
import { syncTextTracks } from '../../../../src/engines/hls-js/text-tracks.js'

interface Cue {
  readonly startTime: number
  readonly endTime: number
  readonly text: string
}

/** A live stream with CEA-608 captions, a cue every two seconds, and the track that the player shows them in. */
class CaptionedStream {
  readonly cues: Cue[] = []
  position = 0
  readonly #listeners = new Map<string, ((event: string, data: object) => void)[]>()

  constructor() {
    const track = {
      mode: 'showing',
      addCue: (cue: Cue) => this.cues.push(cue),
      removeCue: (cue: Cue) => this.cues.splice(this.cues.indexOf(cue), 1),
    }
    const hls = {
      subtitleTrack: -1,
      on: (event: string, listener: (event: string, data: object) => void) =>
        this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]),
    }
    const session: HlsSession = Object.assign(Object.create(null), {
      hls,
      Hls,
      player: {
        textTracks: () => ({ addEventListener: () => {}, removeEventListener: () => {} }),
        addRemoteTextTrack: () => ({ track, addEventListener: () => {} }),
      },
      tech: { el: () => ({ currentTime: this.position }) },
      signal: new AbortController().signal,
    })
    syncTextTracks(session)
    const found = { _id: 'textTrack1', kind: 'captions', label: 'English', closedCaptions: { lang: 'en' } }
    this.fire(Hls.Events.NON_NATIVE_TEXT_TRACKS_FOUND, { tracks: [found] })
  }

  fire(event: string, data: object): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(event, data)
  }

  parse(...positions: number[]): void {
    const cues = positions.map((at) => ({ startTime: at, endTime: at + 2, text: `${at} s` }))
    this.fire(Hls.Events.CUES_PARSED, { track: 'textTrack1', type: 'captions', cues })
  }

  loadPlaylist(fragmentStart: number, live = true): void {
    this.fire(Hls.Events.LEVEL_UPDATED, { level: 0, details: { live, fragmentStart } })
  }

  get positions(): number[] {
    return this.cues.map(({ startTime }) => startTime)
  }
}

describe('captions of a live stream', () => {
  it('are as many after twelve hours as after one minute', () => {
    const stream = new CaptionedStream()
    const windowS = 60
    let most = 0
    for (let at = 0; at < 12 * 3600; at += 2) {
      stream.position = at
      stream.parse(at)
      stream.loadPlaylist(Math.max(0, at + 2 - windowS))
      most = Math.max(most, stream.cues.length)
    }
    expect(most).toBeLessThanOrEqual(windowS / 2 + 1)
    expect(stream.positions.at(-1)).toBe(12 * 3600 - 2)
  })

  it('stay while the viewer can seek back to them, once, when their segment is parsed again', () => {
    const stream = new CaptionedStream()
    stream.position = 8
    stream.parse(0, 2, 4, 6, 8)
    stream.loadPlaylist(5)
    expect(stream.positions).toEqual([4, 6, 8])
    stream.parse(4, 6)
    expect(stream.positions).toEqual([4, 6, 8])
  })

  it('stay while a viewer who had paused plays them from the buffer', () => {
    const stream = new CaptionedStream()
    stream.position = 3
    stream.parse(0, 2, 4)
    stream.loadPlaylist(60)
    expect(stream.positions).toEqual([2, 4])
  })

  it('all stay in a video on demand', () => {
    const stream = new CaptionedStream()
    stream.position = 6
    stream.parse(0, 2, 4)
    stream.loadPlaylist(5, false)
    expect(stream.positions).toEqual([0, 2, 4])
  })
})

describe('captions during an ad of the stream', () => {
  it('are away while the element has the ad’s timeline, and back with those that came meanwhile', () => {
    const stream = new CaptionedStream()
    stream.parse(0, 2)
    stream.fire(Hls.Events.MEDIA_DETACHING, {})
    expect(stream.positions).toEqual([])
    stream.parse(4)
    expect(stream.positions).toEqual([])
    stream.fire(Hls.Events.MEDIA_ATTACHING, {})
    expect(stream.positions).toEqual([0, 2, 4])
  })

  it('stay when the ad is put into the video’s timeline', () => {
    const stream = new CaptionedStream()
    stream.parse(0, 2)
    stream.fire(Hls.Events.MEDIA_DETACHING, { transferMedia: {} })
    stream.parse(4)
    expect(stream.positions).toEqual([0, 2, 4])
  })
})
