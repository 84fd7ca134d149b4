import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../support/site.js'
import type { Fault, Scene } from './fault.js'
import { SOUND_FAILS_FIRST } from './known.js'

/** URLs live so long that several die in a row. */
const LIFE = { lifeS: 5 }
const HOUR_MS = 3_600_000
const SLEEP_LIVES = 10
const SHORT_LIFE_S = 3

const inPage =
  (script: string) =>
  ({ video }: Scene) =>
    video.page.evaluate<void>(`void ${script}`)

const clock = (id: string, title: string, shiftMs: number): Fault => ({
  id,
  title,
  group: 'device',
  given: LIFE,
  cause: inPage(`shiftClock(${shiftMs})`),
  ends: 'recovers',
  isUnseen: true,
  signings: 8,
})

const FIREFOX_FAILS =
  'Firefox’s element fails at once with code 4, and the plugin shows that error at the moment when the device goes offline. It gets a fresh URL when the device is online again, but the error stays.'

const WEBKIT_EMPTIES =
  'WebKitGTK empties the element of a page that is left. When the viewer comes back, the video plays from its beginning or stands still.'

async function setOnline({ video: { page }, origin }: Scene, isOnline: boolean): Promise<void> {
  if (page.setOffline) return page.setOffline(!isOnline)
  // Where the driver can't, the servers break every connection, and the page says that it is offline.
  Object.assign(origin.conditions, { isCdnDown: !isOnline, isEndpointDown: !isOnline })
  if (!isOnline) origin.cut()
  await page.evaluate((online: boolean) => {
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => online })
    window.dispatchEvent(new Event(online ? 'online' : 'offline'))
  }, isOnline)
}

/** Leaves the page for another one, and comes back when the URL has died. */
async function leaveAndComeBack({ video: { page } }: Scene): Promise<void> {
  await page.evaluate("void setTimeout(() => { location.href = '/test/faults/elsewhere.html' })")
  const at = (name: string) =>
    until(() => page.evaluate<boolean>(`location.pathname.includes('${name}')`).catch(() => false), name)
  await at('elsewhere')
  await wait(1_000 * (LIFE.lifeS + 2))
  await page.evaluate('void setTimeout(() => history.back())')
  await at('player')
}

export const DEVICE_FAULTS: readonly Fault[] = [
  {
    id: 'device-offline',
    title: 'Offline for 12 s',
    group: 'device',
    hasControl: true,
    given: LIFE,
    cause: (scene) => setOnline(scene, false),
    lift: (scene) => setOnline(scene, true),
    lastsMs: 12_000,
    ends: 'recovers',
    signings: 10,
    everywhere: true,
    todo: { VHS: SOUND_FAILS_FIRST, 'swap in firefox': FIREFOX_FAILS },
  },
  clock('device-clock-hour-ahead', 'The clock is set forward by an hour', HOUR_MS),
  clock('device-clock-hour-back', 'The clock is set back by an hour', -HOUR_MS),
  clock('device-clock-day-ahead', 'The clock is set forward by a day', 24 * HOUR_MS),
  clock('device-clock-day-back', 'The clock is set back by a day', -24 * HOUR_MS),
  {
    id: 'device-asleep',
    title: 'Asleep for ten lives of a URL (the page is frozen)',
    group: 'device',
    hasControl: true,
    given: { lifeS: SHORT_LIFE_S },
    async cause({ video: { page }, origin }) {
      await page.freeze?.(true)
      origin.cut()
    },
    lift: async ({ video: { page } }) => page.freeze?.(false),
    lastsMs: 1_000 * SLEEP_LIVES * SHORT_LIFE_S,
    ends: 'recovers',
    signings: 12,
    everywhere: true,
    // So the row shows nothing yet: see the signing requests while it should sleep.
    notIn: (_engine, browser) =>
      browser === 'chromium'
        ? 'The driver’s command does not freeze a page that plays: its requests go on.'
        : 'Its driver can’t freeze a page.',
  },
  {
    id: 'device-hidden',
    title: 'The tab is hidden for 12 s, and its timers come once a second',
    group: 'device',
    given: LIFE,
    cause: inPage('setHidden(true)'),
    lift: inPage('setHidden(false)'),
    lastsMs: 12_000,
    ends: 'recovers',
    isUnseen: true,
    signings: 8,
  },
  {
    id: 'device-back-forward',
    title: 'The viewer leaves the page, and comes back to it from the back-forward cache',
    group: 'device',
    hasControl: true,
    given: LIFE,
    launch: { keepsPages: true },
    cause: leaveAndComeBack,
    ends: 'recovers',
    signings: 8,
    everywhere: true,
    todo: { 'hls.js in webkit': WEBKIT_EMPTIES },
    notIn: (_engine, browser) =>
      browser === 'firefox'
        ? 'Firefox does not keep the test page, which has a WebSocket of the development server open.'
        : undefined,
  },
  {
    id: 'device-network-changed',
    title: 'Another network: the token is bound to the old address',
    group: 'device',
    hasControl: true,
    cause: () => ({ address: '198.51.100.23' }),
    cuts: true,
    ends: 'recovers',
    isUnseen: true,
    signings: 4,
    everywhere: true,
  },
]
