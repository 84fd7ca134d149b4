import { describe, expect, it } from 'vitest'
import { keepTracks } from '../../../../src/engines/native/tracks.js'

interface Named {
  readonly kind: string
  readonly label: string
  readonly language: string
}
type Text = Named & { mode: string }
type Audio = Named & { enabled: boolean }

interface Tracks {
  readonly textTracks: readonly Text[]
  /** Undefined in browsers without audio tracks, such as Chromium. */
  readonly audioTracks?: readonly Audio[]
}

/** An element with `tracks`; `load` gives it the tracks of a new source. */
function elementWith(tracks: Tracks) {
  const element = Object.create(null)
  const load = (next: Tracks): void => {
    Object.assign(element, next)
  }
  load(tracks)
  return { element, load }
}

const english = (mode: string): Text => ({ kind: 'captions', label: 'English', language: 'en', mode })
const german = (mode: string): Text => ({ kind: 'captions', label: 'Deutsch', language: 'de', mode })
const main = (enabled: boolean): Audio => ({ kind: 'main', label: 'Original', language: 'en', enabled })
const commentary = (enabled: boolean): Audio => ({ kind: 'commentary', label: 'Commentary', language: 'en', enabled })

describe('keepTracks', () => {
  it('gives the text tracks of a new source the modes that the same tracks had before', () => {
    const { element, load } = elementWith({ textTracks: [english('showing'), german('hidden')] })
    const restore = keepTracks(element)
    const next = [german('showing'), english('disabled')]
    load({ textTracks: next })
    restore()
    expect(next).toEqual([german('hidden'), english('showing')])
  })

  it('remembers the modes at the time of the call, whatever happens to the tracks afterward', () => {
    const track = english('showing')
    const { element } = elementWith({ textTracks: [track] })
    const restore = keepTracks(element)
    track.mode = 'disabled'
    restore()
    expect(track.mode).toBe('showing')
  })

  it('enables the audio track of a new source that was enabled before', () => {
    const { element, load } = elementWith({ textTracks: [], audioTracks: [main(false), commentary(true)] })
    const restore = keepTracks(element)
    const next = [main(true), commentary(false)]
    load({ textTracks: [], audioTracks: next })
    restore()
    expect(next).toEqual([main(false), commentary(true)])
  })

  it.each<[string, Partial<Named>]>([
    ['kind', { kind: 'subtitles' }],
    ['label', { label: 'English (CC)' }],
    ['language', { language: 'en-GB' }],
  ])('ignores a track with a different %s', (_part, difference) => {
    const { element, load } = elementWith({ textTracks: [english('showing')] })
    const restore = keepTracks(element)
    const other = { ...english('disabled'), ...difference }
    load({ textTracks: [other] })
    restore()
    expect(other.mode).toBe('disabled')
  })

  it('does not write a value that is already set, because browsers would fire a change event', () => {
    const tracks = {
      textTracks: [Object.freeze(english('showing'))],
      audioTracks: [Object.freeze(main(true))],
    }
    const { element } = elementWith(tracks)
    expect(keepTracks(element)).not.toThrow()
  })

  it('handles only text tracks in a browser without audio tracks', () => {
    const { element, load } = elementWith({ textTracks: [english('showing')] })
    const restore = keepTracks(element)
    const next = [english('disabled')]
    load({ textTracks: next })
    restore()
    expect(next).toEqual([english('showing')])
  })

  it('does nothing for a source without tracks', () => {
    const { element, load } = elementWith({ textTracks: [english('showing')], audioTracks: [main(true)] })
    const restore = keepTracks(element)
    load({ textTracks: [], audioTracks: [] })
    expect(restore).not.toThrow()
  })
})
