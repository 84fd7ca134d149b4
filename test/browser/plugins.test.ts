import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Browser, launch, type Page } from '../support/browsers/index.js'
import {
  HLS,
  openPage,
  openStage,
  refused,
  SMALL_BUFFER,
  see,
  setSource,
  signings,
  startFilm,
  until,
  untilPosition,
} from '../support/site.js'

/* The plugins from npm that sites have beside this one, in use on the same player. Ads: ads.test.ts. */

const FILM = { src: 'film', type: HLS }
const MP4 = { src: 'film/film.mp4', type: 'video/mp4' }
const DASH = { src: 'film/manifest.mpd', type: 'application/dash+xml' }
const FOR_EVER = { lifeMs: 3_600_000 }

const pages: Page[] = []
let browser: Browser
beforeAll(async () => {
  browser = await launch('chromium')
})
afterAll(() => browser?.close())
// Rows run side by side: each test closes none but its own, and this the rest.
afterEach(() => Promise.all(pages.splice(0).map((page) => page.close())).then(() => {}))

/** A page with all of these plugins, and VHS with a buffer so small that a film meets its expiries. */
async function open(): Promise<Page> {
  const page = await browser.newPage()
  pages.push(page)
  await openPage(page, '/test/browser/pages/plugins.html')
  await page.evaluate('Object.assign(videojs.Vhs, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })')
  return page
}

/** Whether VHS plays the film. */
const isByVhs = (page: Page, name = 'film') =>
  page.evaluate<boolean>(`lab.player('${name}').tech(true).vhs !== undefined`)

describe('videojs-playlist', () => {
  it('has each item signed when it is played, and none before', async () => {
    const stage = await openStage(FOR_EVER)
    const page = await open()
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, play: false })
    const clip = { src: 'clips/ts/master.m3u8', type: HLS }
    const list = [FILM, clip, MP4].map((source) => ({ sources: [source] }))
    await page.evaluate(`lab.player('film').playlist(${JSON.stringify(list)}); void lab.player('film').play()`)
    const untilItem = (index: number) =>
      until(async () => {
        const { position, currentSource } = await see(page, 'film')
        return (
          position > 0.5 && position < 5 && JSON.stringify(currentSource) === JSON.stringify([FILM, clip, MP4][index])
        )
      }, `item ${index}`)
    const item = () => page.evaluate<number>(`lab.player('film').playlist.currentItem()`)

    await untilItem(0)
    await page.evaluate(`lab.player('film').playlist.next()`)
    await untilItem(1)
    expect(await item()).toBe(1)
    await page.evaluate(`lab.player('film').playlist.autoadvance(0); void lab.player('film').currentTime(11)`)
    await untilItem(2)
    expect(await item()).toBe(2)
    await page.evaluate(`lab.player('film').playlist.previous()`)
    await untilItem(1)
    expect(await item()).toBe(1)

    expect((await see(page, 'film')).error).toBeNull()
    expect(signings(await stage.log()).map(({ path }) => path)).toEqual([FILM, clip, MP4, clip].map(({ src }) => src))
  })
})

describe('videojs-hls-quality-selector and videojs-contrib-quality-levels', () => {
  const menu = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('.vjs-quality-selector .vjs-menu-item')].map(
        (item) =>
          `${item.querySelector('.vjs-menu-item-text')?.textContent}${item.classList.contains('vjs-selected') ? ' *' : ''}`,
      ),
    )
  const choose = (page: Page, text: string) =>
    page.evaluate((wanted: string) => {
      const items = [...document.querySelectorAll<HTMLElement>('.vjs-quality-selector .vjs-menu-item')]
      items.find((item) => item.textContent?.includes(wanted))?.click()
    }, text)

  it.each([
    ['hls.js', { hls: { ...SMALL_BUFFER, startLevel: 0 } }],
    ['VHS', { engine: 'vhs' }],
  ])('show what %s has, one of which can be chosen, and keep it through refreshes', async (_engine, options) => {
    const stage = await openStage({ lifeMs: 3_000 })
    const page = await open()
    const signedUrl = { endpoint: stage.endpoint, ...options }
    await startFilm(page, { name: 'film', player: { plugins: { signedUrl, hlsQualitySelector: {} } }, play: false })
    await setSource(page, FILM)
    await untilPosition(page, 'film', 1)
    expect(await menu(page)).toEqual(['360p', '720p', 'Auto *'])
    const untilHeight = (height: number) =>
      until(async () => (await page.evaluate(() => window.lab.player('film').videoHeight())) === height, `${height}p`)
    for (const height of [360, 720]) {
      await choose(page, `${height}p`)
      await untilHeight(height)
    }
    const { position, stats } = await see(page, 'film')
    const { heights, stats: later, error } = await untilPosition(page, 'film', position + 6)
    expect(later.refreshes).toBeGreaterThan(stats.refreshes ?? 0)
    expect(heights.at(-1)).toBe(720)
    expect(await menu(page)).toEqual(['360p', '720p *', 'Auto'])
    const levels = await page.evaluate(() => {
      const list = window.lab.player('film').qualityLevels()
      return Array.from({ length: list.length }, (_, index) => ({
        height: list[index]?.height,
        enabled: list[index]?.enabled,
      })).sort((one, other) => (one.height ?? 0) - (other.height ?? 0))
    })
    expect(levels).toEqual([
      { height: 360, enabled: false },
      { height: 720, enabled: true },
    ])
    expect(error).toBeNull()
    expect(refused(await stage.log())).toEqual([])
  })
})

describe('videojs-hotkeys', () => {
  const press = (page: Page, key: string, keyCode: number) =>
    page.evaluate(
      (init: KeyboardEventInit) => {
        const element = window.lab.player('film').el() as HTMLElement
        element.focus()
        element.dispatchEvent(new KeyboardEvent('keydown', { ...init, bubbles: true, cancelable: true }))
      },
      { key, keyCode, which: keyCode },
    )

  it.each([
    ['HLS', FILM, {}],
    ['MP4', MP4, { bytesPerSecond: 60_000 }],
  ])('pauses, seeks and resumes %s after the URL has died', async (_format, source, settings) => {
    const stage = await openStage({ lifeMs: 2_000, ...settings })
    const page = await open()
    await startFilm(page, {
      name: 'film',
      player: { plugins: { signedUrl: { endpoint: stage.endpoint, hls: SMALL_BUFFER }, hotkeys: { seekStep: 30 } } },
      play: false,
    })
    await setSource(page, source)
    await untilPosition(page, 'film', 1)
    await press(page, ' ', 32)
    await until(async () => (await see(page, 'film')).paused, 'a pause')
    await until(async () => (await see(page, 'film')).status === 'expired', 'the end of the URL')
    await press(page, 'ArrowRight', 39)
    await press(page, ' ', 32)
    const { position, paused } = await untilPosition(page, 'film', 31.5)
    expect(position).toBeLessThan(34)
    expect(paused).toBe(false)
    // 70 % of 72 s.
    await press(page, '7', 55)
    const { error } = await untilPosition(page, 'film', 50.5)
    expect(error).toBeNull()
    expect(refused(await stage.log())).toEqual([])
  })
})

describe('videojs-contrib-eme', () => {
  const KEY_ID = '0123456789abcdef'
  /** A `pssh` box of version 1 for any key system, with one key id and no data (W3C, "cenc" initialization data format). */
  const PSSH = Buffer.concat([
    Buffer.from([0, 0, 0, 52]),
    Buffer.from('pssh'),
    Buffer.from('010000001077efecc0b24d02ace33c1e52e2fb4b00000001', 'hex'),
    Buffer.from(KEY_ID),
    Buffer.alloc(4),
  ]).toString('base64')
  const PROTECTION = `<ContentProtection schemeIdUri="urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"><cenc:pssh>${PSSH}</cenc:pssh></ContentProtection>`

  /** In the page: every DASH manifest that comes in says that its film is encrypted. The segments are not; the keys are asked for all the same. */
  function protectManifests(protection: string): void {
    const { prototype } = XMLHttpRequest
    const read = Object.getOwnPropertyDescriptor(prototype, 'responseText')?.get
    Object.defineProperty(prototype, 'responseText', {
      get(this: XMLHttpRequest) {
        const text: string = read?.call(this)
        return this.responseURL.endsWith('.mpd')
          ? text.replace('<Representation', `${protection}<Representation`)
          : text
      },
    })
  }

  /** What contrib-eme was given, as JSON without the source's URL: key systems before the film is loaded, then the options of each licence. */
  interface Given {
    early: string[]
    licences: { options: string; message: string }[]
  }
  interface Protected {
    name: string
    plugin?: object
    source: { src: string; type: string }
  }

  /** In the page: a player with contrib-eme, whose film names a key system that every browser has. */
  function playProtected({ name, plugin, source }: Protected): void {
    const given: Given = { early: [], licences: [] }
    window.lab.start({ name, play: false, player: { plugins: { eme: {}, ...(plugin && { signedUrl: plugin }) } } })
    const player = window.lab.player(name) as ReturnType<typeof window.lab.player> & {
      eme: { initializeMediaKeys(options: object, done: unknown): void }
    }
    const show = (options: object) =>
      JSON.stringify(options, (key, value) => {
        if (key === 'src') return undefined
        if (typeof value === 'function') return 'a function'
        return ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] : value
      })
    const initialize = player.eme.initializeMediaKeys
    player.eme.initializeMediaKeys = (options, done) => {
      given.early.push(show(options))
      initialize(options, done)
    }
    const getLicense = (options: object, message: ArrayBuffer) => {
      given.licences.push({ options: show(options), message: new TextDecoder().decode(message) })
    }
    player.src({ ...source, keySystems: { 'org.w3.clearkey': { getLicense } } })
    player.play()?.catch(() => {})
    Object.assign(window, { [`given_${name}`]: given })
  }

  /** In the page: tells the player what a file that is encrypted would. */
  function beEncrypted(name: string): void {
    const initData = new TextEncoder().encode('{"kids":["MDEyMzQ1Njc4OWFiY2RlZg"]}').buffer
    const event = new MediaEncryptedEvent('encrypted', { initDataType: 'keyids', initData })
    window.lab.player(name).tech(true).el().dispatchEvent(event)
  }

  /** The film without and with the plugin, side by side. */
  async function playBoth(page: Page, source: Protected['source']): Promise<void> {
    const { endpoint } = await openStage(FOR_EVER)
    const answer = await fetch(`${inject('siteUrl')}${endpoint}&resource=${encodeURIComponent(source.src)}`)
    const { url } = (await answer.json()) as { url: string }
    await page.evaluate(playProtected, { name: 'bare', source: { ...source, src: url } })
    await page.evaluate(playProtected, { name: 'film', source, plugin: { endpoint } })
  }

  async function untilLicences(page: Page): Promise<[Given, Given]> {
    const given = () => page.evaluate<[Given, Given]>('[given_bare, given_film]')
    await until(async () => (await given()).every(({ licences }) => licences.length > 0), 'licences to be asked for')
    return given()
  }

  it('is given the keys that a DASH manifest names, as without the plugin', async () => {
    const page = await open()
    await page.evaluate(protectManifests, PROTECTION)
    await playBoth(page, DASH)
    const [bare, film] = await untilLicences(page)
    expect(bare.early[0]).toContain('"pssh"')
    expect(bare.licences[0]?.message).toContain(Buffer.from(KEY_ID).toString('base64url'))
    expect(film).toEqual(bare)
    expect(await isByVhs(page)).toBe(true)
  })

  it('is given the options of an HLS film by VHS that tells of its encryption, as without the plugin', async () => {
    const page = await open()
    await playBoth(page, FILM)
    for (const name of ['bare', 'film']) {
      await untilPosition(page, name, 1)
      await page.evaluate(beEncrypted, name)
    }
    const [bare, film] = await untilLicences(page)
    expect(bare.licences[0]?.options).toContain('"videoContentType":"video/mp4;codecs=')
    expect(film).toEqual(bare)
    expect(await isByVhs(page)).toBe(true)
  })

  it('leaves a clear film to hls.js, and to itself', async () => {
    const stage = await openStage(FOR_EVER)
    const page = await open()
    const plugins = { eme: {}, signedUrl: { endpoint: stage.endpoint } }
    await startFilm(page, { name: 'film', player: { plugins }, source: FILM })
    expect((await untilPosition(page, 'film', 2)).error).toBeNull()
    expect(await isByVhs(page)).toBe(false)
  })
})

describe('the engine that plays HLS by `auto`', () => {
  it.each([
    ['hls.js', 'on a page that does nothing about VHS', '', {}],
    ['VHS', 'where the player configures it', '', { html5: { vhs: { limitRenditionByPlayerDimensions: false } } }],
    [
      'VHS',
      'where the page configures it for all players',
      'videojs.options.vhs.useBandwidthFromLocalStorage = false',
      {},
    ],
    ['VHS', 'where the page hooks its requests', 'videojs.Vhs.xhr.onRequest((options) => options)', {}],
    ['VHS', 'where the page hooks its answers', 'videojs.Vhs.xhr.onResponse(() => {})', {}],
    [
      'VHS',
      'where the page hooks its requests in the old way',
      'videojs.Vhs.xhr.beforeRequest = (options) => options',
      {},
    ],
    ['VHS', 'where the page sends its requests itself', 'videojs.Vhs.xhr = (...given) => videojs.xhr(...given)', {}],
  ])('is %s %s', async (engine, _where, script, options) => {
    const stage = await openStage(FOR_EVER)
    const page = await open()
    await page.evaluate(`${script}; undefined`)
    await startFilm(page, { name: 'film', plugin: { endpoint: stage.endpoint }, player: options, source: FILM })
    expect((await untilPosition(page, 'film', 0.5)).error).toBeNull()
    expect(await isByVhs(page)).toBe(engine === 'VHS')
  })
})
