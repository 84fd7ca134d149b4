import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MediaRequest } from '../../../../src/core/media-request.js'
import type { SignedMedia } from '../../../../src/core/signed-media.js'
import type { MediaFailure } from '../../../../src/engines/engine.js'
import NativeEngine from '../../../../src/engines/native/index.js'
import { type BrowserHabits, SimulatedElement, simulate } from '../../../support/simulated-element.js'

/* Whatever happens to the connection, the URLs and the viewer, the position grows, or an error says why not. */

const STEP_MS = 250

interface Happening {
  /** After the one before, ms. */
  readonly afterMs: number
  readonly what: 'cut' | 'pause' | 'play' | 'seek' | 'slow' | 'fast'
  /** Where a seek goes, s. */
  readonly position: number
}

interface World {
  readonly lifeMs: number
  readonly signingMs: number
  /** How long the storage behind a redirect serves what it is asked for, ms from the element's load. */
  readonly storageMs: number
  readonly cutsWhenExpired: boolean
  /** Seconds of video that the line brings in a second. */
  readonly speed: number
  readonly habits: BrowserHabits
  readonly happenings: readonly Happening[]
}

/** Signs at once or after a while; each URL lives for the same time. */
function openMedia({ lifeMs, signingMs }: World) {
  let signings = 0
  let refused = ''
  let current: { url: string; endsAt: number } | undefined
  let signing: Promise<void> | undefined
  const sign = async () => {
    await new Promise((resolve) => setTimeout(resolve, signingMs))
    current = { url: `https://cdn.example/film.mp4?token=${++signings}`, endsAt: Date.now() + lifeMs }
    signing = undefined
  }
  const isExpired = () => !current || Date.now() >= current.endsAt || refused === current.url
  const url = (): string | Promise<string> => {
    if (!isExpired()) return current?.url ?? ''
    signing ??= sign()
    return signing.then(() => current?.url ?? '')
  }
  const request = (): MediaRequest => ({
    url,
    withCredentials: false,
    answered({ status }) {
      if (status === 200 || status === 206) return { again: false, url: '', status, text: undefined }
      refused = current?.url ?? ''
      return { again: true }
    },
  })
  const media: SignedMedia = {
    start: async () => url(),
    get current() {
      return current && { ...current, validity: isExpired() ? ('expired' as const) : ('fresh' as const) }
    },
    now: () => Date.now(),
    request,
    lacks: { watch: () => {}, longest: undefined },
    resolve: async (one) => one,
    describe: () => 'The signed URL is fresh.',
  }
  // As in nginx, a URL lives to the end of its second: a little longer than the player believes.
  const isAlive = (one: string) => current?.url === one && Date.now() < current.endsAt + 250
  return { media, isAlive, signings: () => signings }
}

/** Plays the film through all that happens, then gives it the time that a patient viewer has. */
async function play(world: World) {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 7, 10, 30, 7) })
  const { media, isAlive, signings } = openMedia(world)
  const serves = (url: string, ageMs: number) => isAlive(url) && ageMs <= world.storageMs
  const cdn = { serves, speed: world.speed, cutsWhenExpired: world.cutsWhenExpired }
  const box = document.createElement('div')
  const element = document.createElement('video')
  box.append(element)
  document.body.append(box)
  const simulated = new SimulatedElement(element, cdn, world.habits)
  const restore = simulate(simulated)
  vi.stubGlobal('fetch', async (url: string) => new Response(null, { status: isAlive(url) ? 206 : 403 }))
  const life = new AbortController()
  let failure: MediaFailure | undefined
  let swaps = 0
  void new NativeEngine({
    type: 'video/mp4',
    serviceWorker: undefined,
    signal: life.signal,
    openMedia: () => media,
    warn: () => {},
    recover: () => {},
    noteSwap: () => {
      swaps += 1
    },
    fail: (given) => {
      failure = given
    },
    videojs: {},
    player: { el: () => box },
    tech: { el: () => element },
  })
  let place = 0
  let wentBack = 0
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms && !failure && !element.ended; passed += STEP_MS) {
      simulated.step(STEP_MS / 1000)
      await vi.advanceTimersByTimeAsync(STEP_MS)
      wentBack = Math.max(wentBack, place - element.currentTime)
      place = element.currentTime
    }
  }
  element.play()
  await pass(2_000)
  for (const { afterMs, what, position } of world.happenings) {
    await pass(afterMs)
    if (what === 'cut') simulated.cut()
    else if (what === 'pause') element.pause()
    else if (what === 'play') element.play()
    else if (what === 'seek') place = element.currentTime = position
    else cdn.speed = what === 'slow' ? 0.3 : world.speed
  }
  element.play()
  cdn.speed = world.speed
  // Three times from the file's start to its end, and the patience with a silent line.
  await pass(1000 * (3 * simulated.duration * Math.max(1, 1 / world.speed) + 60))
  life.abort()
  const { currentTime, loads, breaks } = simulated
  restore()
  box.remove()
  return {
    position: currentTime,
    isEnded: currentTime >= simulated.duration,
    wentBack,
    failure,
    swaps,
    loads,
    breaks,
    signings: signings(),
  }
}

const FIREFOX: BrowserHabits = { readsFromStart: true, isSilent: false, startS: 0.2, losesPlace: false }
const CHROMIUM: BrowserHabits = { readsFromStart: false, isSilent: false, startS: 0.2, losesPlace: false }
const SAFARI: BrowserHabits = { readsFromStart: false, isSilent: true, startS: 0.2, losesPlace: false }
const WEBKIT: BrowserHabits = { readsFromStart: false, isSilent: false, startS: 0.2, losesPlace: true }
const WEBKITGTK: BrowserHabits = { readsFromStart: true, isSilent: true, startS: 3, losesPlace: false }

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.integer({ min: 1, max: 40 }).map((steps) => steps * STEP_MS),
  what: fc.constantFrom(
    'cut' as const,
    'cut' as const,
    'pause' as const,
    'play' as const,
    'seek' as const,
    'slow' as const,
    'fast' as const,
  ),
  position: fc.integer({ min: 0, max: 39 }),
})
const world: fc.Arbitrary<World> = fc.record({
  lifeMs: fc.oneof(fc.integer({ min: 2_000, max: 12_000 }), fc.constant(60_000)),
  signingMs: fc.constantFrom(0, 50, 1_000),
  storageMs: fc.constantFrom(Number.POSITIVE_INFINITY, 3_000),
  cutsWhenExpired: fc.boolean(),
  speed: fc.constantFrom(0.8, 1.2, 1.6, 4, 20),
  habits: fc.constantFrom(FIREFOX, CHROMIUM, SAFARI, WEBKIT, WEBKITGTK),
  happenings: fc.array(happening, { maxLength: 12 }),
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a video that an element loads by itself', () => {
  it('plays to its end through any cuts, lives, line speeds, pauses and seeks, or an error says why not; it never goes back, and is loaded no more often than those happen', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const seen = await play(given)
        const causes = seen.breaks + given.happenings.filter(({ what }) => what === 'seek' || what === 'play').length
        expect(seen.isEnded || seen.failure !== undefined, JSON.stringify(seen)).toBe(true)
        expect(seen.wentBack, JSON.stringify(seen)).toBeLessThanOrEqual(STEP_MS / 1000)
        expect(seen.loads, JSON.stringify(seen)).toBeLessThanOrEqual(2 + causes)
      }),
      { numRuns: process.env.SOAK ? 1000 : 25 },
    )
  }, 120_000)

  it.each([
    ['Firefox', FIREFOX],
    ['Chromium', CHROMIUM],
    ['Safari', SAFARI],
    ['WebKit', WEBKIT],
    ['WebKitGTK', WEBKITGTK],
  ])('needs one swap for each cut on a slow line, as in %s', async (_name, habits) => {
    const cut = { what: 'cut', position: 0 } as const
    const seen = await play({
      lifeMs: 6_000,
      signingMs: 50,
      storageMs: Number.POSITIVE_INFINITY,
      cutsWhenExpired: false,
      speed: 1.6,
      habits,
      happenings: [
        { ...cut, afterMs: 7_000 },
        { ...cut, afterMs: 16_000 },
      ],
    })
    expect(seen).toMatchObject({ isEnded: true, failure: undefined, swaps: 2, loads: 3 })
  })

  it('needs no swap for a seek and a resume within what is loaded, long after the expiry', async () => {
    const seen = await play({
      lifeMs: 2_000,
      signingMs: 50,
      storageMs: Number.POSITIVE_INFINITY,
      cutsWhenExpired: false,
      speed: 20,
      habits: CHROMIUM,
      happenings: [
        { what: 'pause', afterMs: 250, position: 0 },
        { what: 'seek', afterMs: 60_000, position: 30 },
        { what: 'play', afterMs: 60_000, position: 0 },
        { what: 'seek', afterMs: 1_000, position: 10 },
      ],
    })
    expect(seen).toMatchObject({ isEnded: true, loads: 1, signings: 1 })
  })
})
