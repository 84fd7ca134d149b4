import { describe, expect, it } from 'vitest'
import { decide, type Situation } from '../../../../src/engines/native/decision.js'

/** An MP4 that plays with ten seconds loaded ahead, while its download goes on. */
const PLAYING: Situation = {
  event: 'look',
  kind: 'file',
  url: 'fresh',
  hasNewer: false,
  isOpen: true,
  isLoaded: false,
  ahead: 10,
  isFlowing: true,
  isStuck: false,
  isTime: false,
  loads: 0,
}
const EXPIRED = { url: 'expired', isFlowing: false } as const
const STUCK = { isFlowing: false, isStuck: true, ahead: 0 } as const
const ERROR = { event: 'error', isFlowing: false } as const
const PLAYLIST = { kind: 'playlist' } as const

const CASES: Readonly<Record<string, readonly (readonly [string, Partial<Situation>, string])[]>> = {
  'an MP4': [
    ['plays on while its URL is fresh', {}, 'wait'],
    ['needs no other URL before this one has expired', { url: 'due', ahead: 0, isFlowing: false }, 'wait'],
    ['plays on by the download that its URL opened before it expired', { url: 'expired', ahead: 0 }, 'wait'],
    ['waits on a slow line while that brings bytes', { url: 'expired', ahead: 0, event: 'waiting' }, 'wait'],
    ['does the same when the next URL is there', { url: 'expired', ahead: 0, hasNewer: true }, 'wait'],
    ['plays what is loaded after its download has ended', EXPIRED, 'wait'],
    ['gets its next URL when less than 2 s are left', { ...EXPIRED, ahead: 1.9 }, 'prepare'],
    ['but not sooner', { ...EXPIRED, ahead: 2 }, 'wait'],
    ['plays what is left before it takes that URL', { ...EXPIRED, hasNewer: true, ahead: 0.4 }, 'wait'],
    ['takes it at the last moment', { ...EXPIRED, hasNewer: true, ahead: 0.3 }, 'swap'],
    ['takes it when the element runs out of data sooner', { ...EXPIRED, event: 'waiting', ahead: 2.6 }, 'swap'],
    [
      'asks the CDN instead where three fresh URLs have not moved it',
      { ...EXPIRED, hasNewer: true, ahead: 0.3, loads: 3 },
      'ask',
    ],
    ['that is loaded to its end needs no other URL', { ...EXPIRED, isLoaded: true, event: 'play' }, 'wait'],
    ['has no use for a newer URL while its own still works', { hasNewer: true, ahead: 0, isFlowing: false }, 'wait'],
  ],
  'a viewer': [
    ['who seeks behind what is loaded causes a swap once the URL has expired', { ...EXPIRED, event: 'seek' }, 'swap'],
    ['who seeks does so too while the old place is still loading', { url: 'expired', event: 'seek' }, 'swap'],
    ['who seeks within what is loaded does not', { ...EXPIRED, event: 'seek', isLoaded: true }, 'wait'],
    ['who seeks while the URL works does not', { event: 'seek', isFlowing: false }, 'wait'],
    [
      'who resumes on an expired URL causes a swap, as the picture stands anyway',
      { ...EXPIRED, event: 'play' },
      'swap',
    ],
    ['who resumes while the download still goes on does not', { url: 'expired', event: 'play' }, 'wait'],
  ],
  'an MP4 that is stuck without a word': [
    ['takes a new URL where its own has expired', { ...STUCK, url: 'expired' }, 'swap'],
    ['does so again after a load that has not helped', { ...STUCK, url: 'expired', loads: 2 }, 'swap'],
    [
      'asks the CDN after three, as URLs may live too short for the line',
      { ...STUCK, url: 'expired', loads: 3 },
      'ask',
    ],
    ['speaks where the CDN serves its URL then', { ...STUCK, url: 'expired', loads: 3, answer: 'served' }, 'fail'],
    ['does so a moment before its end too', { ...STUCK, url: 'expired', isLoaded: true }, 'swap'],
    ['takes the newer URL where there is one', { ...STUCK, hasNewer: true }, 'swap'],
    ['asks the CDN where its URL should work', STUCK, 'ask'],
    ['is given the same URL where the CDN serves that', { ...STUCK, answer: 'served' }, 'repeat'],
    ['then a fresh one', { ...STUCK, answer: 'served', loads: 1 }, 'renew'],
    ['then waits as long as the browser does', { ...STUCK, loads: 2 }, 'wait'],
    ['takes a new URL where the CDN refuses its own', { ...STUCK, answer: 'refused' }, 'swap'],
    ['waits where the CDN has no answer', { ...STUCK, answer: 'failed' }, 'wait'],
    ['before it has opened is left to the browser', { ...STUCK, isOpen: false, answer: 'served' }, 'wait'],
  ],
  'an error': [
    ['under an expired URL is explained by that', { ...ERROR, url: 'expired' }, 'swap'],
    ['under a URL that has been replaced is explained too', { ...ERROR, hasNewer: true }, 'swap'],
    ['that comes back after three loads is not', { ...ERROR, url: 'expired', loads: 3 }, 'ask'],
    ['under a fresh URL makes the engine ask the CDN', ERROR, 'ask'],
    ['under a URL that the CDN refuses gets a fresh one', { ...ERROR, answer: 'refused' }, 'swap'],
    ['under a URL that the CDN serves gets the same one again', { ...ERROR, answer: 'served' }, 'repeat'],
    ['that comes back then gets a fresh one', { ...ERROR, answer: 'served', loads: 1 }, 'renew'],
    ['that comes back then speaks', { ...ERROR, answer: 'served', loads: 2 }, 'fail'],
    ['for a file that is missing speaks at once', { ...ERROR, answer: 'failed' }, 'fail'],
    [
      'for a file that is served, but has never opened, speaks at once',
      { ...ERROR, isOpen: false, answer: 'served' },
      'fail',
    ],
  ],
  'a playlist, whose segments are requested one by one,': [
    ['plays on while its URL is fresh', PLAYLIST, 'wait'],
    ['gets the next URL once this one is due', { ...PLAYLIST, url: 'due' }, 'prepare'],
    ['waits for a quiet moment to take it', { ...PLAYLIST, url: 'due', hasNewer: true }, 'wait'],
    ['takes it then', { ...PLAYLIST, url: 'due', hasNewer: true, isTime: true }, 'swap'],
    [
      'plays on by a second first where the last swap took longer than that',
      { ...PLAYLIST, url: 'expired', hasNewer: true, isTime: true, loads: 1 },
      'wait',
    ],
    ['takes it when the viewer seeks', { ...PLAYLIST, event: 'seek', hasNewer: true }, 'swap'],
    ['that is loaded to its end needs none', { ...PLAYLIST, url: 'due', isLoaded: true }, 'wait'],
  ],
  'a video behind a cookie': [
    ['gets a fresh cookie once this one is due', { kind: 'cookie', url: 'due' }, 'prepare'],
    ['needs no swap for that', { kind: 'cookie', url: 'fresh', ahead: 0 }, 'wait'],
    [
      'is swapped when the viewer seeks after the cookie has expired',
      { ...EXPIRED, kind: 'cookie', event: 'seek' },
      'swap',
    ],
  ],
}

describe.each(Object.entries(CASES))('%s', (_what, rows) => {
  it.each(rows)('%s', (_sentence, situation, decision) => {
    expect(decide({ ...PLAYING, ...situation })).toBe(decision)
  })
})
