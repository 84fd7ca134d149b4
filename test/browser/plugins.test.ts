import { describe, expect, inject } from 'vitest'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, MP4, refused, SMALL_BUFFER, signings, until } from '../support/site.js'
import { FILM, Video, type VideoOptions } from '../support/video.js'

/* Other Video.js plugins from npm on the same player. For ads, see ads.test.ts. */

const it = inBrowser('chromium')
const MP4_FILM = { src: 'film/film.mp4', type: MP4 }
const DASH_FILM = { src: 'film/manifest.mpd', type: DASH }
const FOREVER = { lifeMs: 3_600_000 }
/** A page with all of these plugins. */
const WITH_PLUGINS = { in: '/test/browser/pages/plugins.html' }

const isPlayedByVhs = (video: Video) => video.do<boolean>('player.tech(true).vhs !== undefined')

describe('videojs-playlist', () => {
  it('gets each item signed when it plays, not before', FULL, async ({ play }) => {
    const video = await play(FOREVER, { ...WITH_PLUGINS, source: null })
    const clip = { src: 'clips/ts/master.m3u8', type: HLS }
    const list = [FILM, clip, MP4_FILM]
    const playsItem = async (index: number, script: string) => {
      const { error } = await video.reachesAfter(() => video.do(`${script}; undefined`), list[index] ?? clip, 0.5)
      expect(error).toBeNull()
      expect(await video.do('player.playlist.currentItem()')).toBe(index)
    }
    const items = JSON.stringify(list.map((source) => ({ sources: [source] })))
    await playsItem(0, `player.playlist(${items}); player.play()?.catch(() => {})`)
    await playsItem(1, 'player.playlist.next()')
    await playsItem(2, 'player.playlist.autoadvance(0); player.currentTime(11)')
    await playsItem(1, 'player.playlist.previous()')
    expect(signings(await video.log()).map(({ path }) => path)).toEqual(
      [FILM, clip, MP4_FILM, clip].map(({ src }) => src),
    )
  })
})

describe('videojs-hls-quality-selector and videojs-contrib-quality-levels', () => {
  const menu = (video: Video) =>
    video.do<string[]>(`[...document.querySelectorAll('.vjs-quality-selector .vjs-menu-item')].map((item) =>
      item.querySelector('.vjs-menu-item-text').textContent + (item.classList.contains('vjs-selected') ? ' *' : ''))`)
  const choose = (video: Video, text: string) =>
    video.do(`[...document.querySelectorAll('.vjs-quality-selector .vjs-menu-item')]
      .find((item) => item.textContent.includes('${text}')).click()`)

  for (const { engine, plugin, ...options } of [
    { engine: 'hls.js', plugin: { hls: { ...SMALL_BUFFER, startLevel: 0 } } },
    { engine: 'VHS', plugin: { engine: 'vhs' }, ...FULL },
  ])
    it(
      `list the renditions of ${engine}, switch to the chosen one, and keep it through refreshes`,
      options,
      async ({ play }) => {
        const video = await play(
          { lifeMs: 3_000 },
          {
            ...WITH_PLUGINS,
            source: null,
            plugin: null,
            player: ({ endpoint }) => ({ plugins: { signedUrl: { endpoint, ...plugin }, hlsQualitySelector: {} } }),
          },
        )
        await video.set(FILM)
        await video.reaches(1)
        expect(await menu(video)).toEqual(['360p', '720p', 'Auto *'])
        for (const height of [360, 720]) {
          await choose(video, `${height}p`)
          await until(() => video.do<boolean>(`player.videoHeight() === ${height}`), `${height}p`)
        }
        // What was loaded before the choice may play first.
        const { bufferedEnd } = await video.see()
        const { stats, heights } = await video.until(
          (seen) => seen.position >= bufferedEnd && seen.heights.at(-1) === 720,
          '720p behind what was loaded',
        )
        const later = await video.until(
          (seen) => (seen.stats.refreshes ?? 0) > (stats.refreshes ?? 0) + 1,
          'two refreshes',
        )
        expect(later.heights).toEqual(heights)
        expect(later.error).toBeNull()
        expect(await menu(video)).toEqual(['360p', '720p *', 'Auto'])
        const levels = await video.do<
          object[]
        >(`Array.from(player.qualityLevels(), ({ height, enabled }) => ({ height, enabled }))
        .sort((one, other) => one.height - other.height)`)
        expect(levels).toEqual([
          { height: 360, enabled: false },
          { height: 720, enabled: true },
        ])
        expect(refused(await video.log())).toEqual([])
      },
    )
})

describe('videojs-hotkeys', () => {
  const press = (video: Video, key: string, keyCode: number) =>
    video.do(`
      player.el().focus()
      const init = { key: '${key}', keyCode: ${keyCode}, which: ${keyCode}, bubbles: true, cancelable: true }
      player.el().dispatchEvent(new KeyboardEvent('keydown', init))`)

  for (const { format, source, settings, ...options } of [
    { format: 'HLS', source: FILM, settings: {}, ...FULL },
    { format: 'MP4', source: MP4_FILM, settings: { bytesPerSecond: 60_000 }, ...FULL },
  ])
    it(`pauses, seeks and resumes ${format} after the URL has expired`, options, async ({ play }) => {
      const video = await play(
        { lifeMs: 2_000, ...settings },
        {
          ...WITH_PLUGINS,
          source: null,
          plugin: null,
          player: ({ endpoint }) => ({
            plugins: { signedUrl: { endpoint, hls: SMALL_BUFFER }, hotkeys: { seekStep: 30 } },
          }),
        },
      )
      await video.set(source)
      await video.reaches(1)
      await press(video, ' ', 32)
      await video.until(({ paused, status }) => paused && status === 'expired', 'a pause that outlives the URL')
      await press(video, 'ArrowRight', 39)
      await press(video, ' ', 32)
      const { position, paused } = await video.reaches(31.5)
      expect(position).toBeLessThan(50)
      expect(paused).toBe(false)
      // The key 7 seeks to 70% of the 72 s.
      await press(video, '7', 55)
      const { error } = await video.reaches(50.5)
      expect(error).toBeNull()
      expect(refused(await video.log())).toEqual([])
    })
})

describe('videojs-contrib-eme', () => {
  const KEY_ID = '0123456789abcdef'
  /** A version 1 `pssh` box for any key system, with one key id and no data (W3C, "cenc" initialization data format). */
  const PSSH = Buffer.concat([
    Buffer.from([0, 0, 0, 52]),
    Buffer.from('pssh'),
    Buffer.from('010000001077efecc0b24d02ace33c1e52e2fb4b00000001', 'hex'),
    Buffer.from(KEY_ID),
    Buffer.alloc(4),
  ]).toString('base64')
  const PROTECTION = `<ContentProtection schemeIdUri="urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"><cenc:pssh>${PSSH}</cenc:pssh></ContentProtection>`

  /** Runs in the page: marks every DASH manifest as encrypted. The segments are not, but the player requests keys all the same. */
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

  /** What contrib-eme received, as JSON without the source's URL: key systems before the video loads, then the options of each license. */
  interface Received {
    early: string[]
    licenses: { options: string; message: string }[]
  }
  interface Protected {
    name: string
    plugin?: object
    source: { src: string; type: string }
  }

  /** Runs in the page: plays a video with contrib-eme, protected by Clear Key, which every browser supports. */
  function playProtected({ name, plugin, source }: Protected): void {
    const received: Received = { early: [], licenses: [] }
    window.lab.start({ name, play: false, player: { plugins: { eme: {}, ...(plugin && { signedUrl: plugin }) } } })
    const player = window.lab.player(name) as ReturnType<typeof window.lab.player> & {
      eme: { initializeMediaKeys(options: object, done: unknown): void }
    }
    const toJson = (options: object) =>
      JSON.stringify(options, (key, value) => {
        if (key === 'src') return undefined
        if (typeof value === 'function') return 'a function'
        return ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] : value
      })
    const initialize = player.eme.initializeMediaKeys
    player.eme.initializeMediaKeys = (options, done) => {
      received.early.push(toJson(options))
      initialize(options, done)
    }
    const getLicense = (options: object, message: ArrayBuffer) => {
      received.licenses.push({ options: toJson(options), message: new TextDecoder().decode(message) })
    }
    player.src({ ...source, keySystems: { 'org.w3.clearkey': { getLicense } } })
    player.play()?.catch(() => {})
    Object.assign(window, { [`received_${name}`]: received })
  }

  /** Runs in the page: fires the event that an encrypted file would cause. */
  function fireEncrypted(name: string): void {
    const initData = new TextEncoder().encode('{"kids":["MDEyMzQ1Njc4OWFiY2RlZg"]}').buffer
    const event = new MediaEncryptedEvent('encrypted', { initDataType: 'keyids', initData })
    window.lab.player(name).tech(true).el().dispatchEvent(event)
  }

  /** The video without and with the plugin, side by side. */
  async function playBoth(play: InBrowser['play'], source: Protected['source'], before?: VideoOptions['before']) {
    const first = await play(FOREVER, { ...WITH_PLUGINS, name: 'nothing', source: null, ...(before && { before }) })
    const { page, stage } = first
    const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=${encodeURIComponent(source.src)}`)
    const { url } = (await answer.json()) as { url: string }
    await page.evaluate(playProtected, { name: 'bare', source: { ...source, src: url } })
    await page.evaluate(playProtected, { name: 'signed', source, plugin: { endpoint: stage.endpoint } })
    return { page, bare: new Video(page, stage, 'bare'), signed: new Video(page, stage, 'signed') }
  }

  async function untilLicenses(page: Video['page']): Promise<[Received, Received]> {
    const received = () => page.evaluate<[Received, Received]>('[received_bare, received_signed]')
    await until(async () => (await received()).every(({ licenses }) => licenses.length > 0), 'license requests')
    return received()
  }

  it('receives the keys named in a DASH manifest, as it does without the plugin', FULL, async ({ play }) => {
    const { page, signed: video } = await playBoth(play, DASH_FILM, (page) =>
      page.evaluate(protectManifests, PROTECTION),
    )
    const [bare, signed] = await untilLicenses(page)
    expect(bare.early[0]).toContain('"pssh"')
    expect(bare.licenses[0]?.message).toContain(Buffer.from(KEY_ID).toString('base64url'))
    expect(signed).toEqual(bare)
    expect(await isPlayedByVhs(video)).toBe(true)
  })

  it(
    'receives the options of an encrypted HLS video played by VHS, as it does without the plugin',
    FULL,
    async ({ play }) => {
      const { page, bare: without, signed: video } = await playBoth(play, FILM)
      for (const one of [without, video]) {
        await one.reaches(1)
        await page.evaluate(fireEncrypted, one.name)
      }
      const [bare, signed] = await untilLicenses(page)
      expect(bare.licenses[0]?.options).toContain('"videoContentType":"video/mp4;codecs=')
      expect(signed).toEqual(bare)
      expect(await isPlayedByVhs(video)).toBe(true)
    },
  )

  it('does not keep hls.js from playing an unencrypted video', FULL, async ({ play }) => {
    const video = await play(FOREVER, {
      ...WITH_PLUGINS,
      source: null,
      plugin: null,
      player: ({ endpoint }) => ({ plugins: { eme: {}, signedUrl: { endpoint } } }),
    })
    await video.set(FILM)
    expect((await video.reaches(1)).error).toBeNull()
    expect(await isPlayedByVhs(video)).toBe(false)
  })
})

describe('the engine that `auto` chooses for HLS', () => {
  interface Row {
    readonly engine: string
    readonly when: string
    readonly script?: string
    readonly player?: Record<string, unknown>
    readonly tags?: string[]
  }
  const ROWS: readonly Row[] = [
    { engine: 'hls.js', when: 'on a page that does not configure VHS' },
    {
      engine: 'VHS',
      when: 'when the player configures it',
      player: { html5: { vhs: { limitRenditionByPlayerDimensions: false } } },
      ...FULL,
    },
    {
      engine: 'VHS',
      when: 'when the page configures it for all players',
      script: 'videojs.options.vhs.useBandwidthFromLocalStorage = false',
      ...FULL,
    },
    {
      engine: 'VHS',
      when: 'when the page hooks its requests',
      script: 'videojs.Vhs.xhr.onRequest((options) => options)',
      ...FULL,
    },
    {
      engine: 'VHS',
      when: 'when the page hooks its responses',
      script: 'videojs.Vhs.xhr.onResponse(() => {})',
      ...FULL,
    },
    {
      engine: 'VHS',
      when: 'when the page hooks its requests through beforeRequest',
      script: 'videojs.Vhs.xhr.beforeRequest = (options) => options',
      ...FULL,
    },
    {
      engine: 'VHS',
      when: 'when the page replaces the function that sends its requests',
      script: 'videojs.Vhs.xhr = (...given) => videojs.xhr(...given)',
      ...FULL,
    },
  ]
  for (const { engine, when, script = 'undefined', player = {}, ...options } of ROWS)
    it(`is ${engine} ${when}`, options, async ({ play }) => {
      const before: VideoOptions['before'] = (page) => page.evaluate(`${script}; undefined`)
      const video = await play(FOREVER, { ...WITH_PLUGINS, player, before })
      expect((await video.reaches(0.5)).error).toBeNull()
      expect(await isPlayedByVhs(video)).toBe(engine === 'VHS')
    })
})
