import { describe, expect, inject } from 'vitest'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { DASH, HLS, MP4, refused, SMALL_BUFFER, signings, until } from '../support/site.js'
import { FILM, Video, type VideoOptions } from '../support/video.js'

/* The plugins from npm that sites have beside this one, in use on the same player. Ads: ads.test.ts. */

const it = inBrowser('chromium')
const BY_ELEMENT = { src: 'film/film.mp4', type: MP4 }
const BY_VHS = { src: 'film/manifest.mpd', type: DASH }
const FOR_EVER = { lifeMs: 3_600_000 }
/** A page with all of these plugins. */
const WITH_PLUGINS = { in: '/test/browser/pages/plugins.html' }

/** Whether VHS plays the video. */
const isByVhs = (video: Video) => video.do<boolean>('player.tech(true).vhs !== undefined')

describe('videojs-playlist', () => {
  it('has each item signed when it is played, and none before', FULL, async ({ play }) => {
    const video = await play(FOR_EVER, { ...WITH_PLUGINS, source: null })
    const clip = { src: 'clips/ts/master.m3u8', type: HLS }
    const list = [FILM, clip, BY_ELEMENT]
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
      [FILM, clip, BY_ELEMENT, clip].map(({ src }) => src),
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
      `show what ${engine} has, one of which can be chosen, and keep it through refreshes`,
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
        const { stats } = await video.see()
        const later = await video.until(
          (seen) => (seen.stats.refreshes ?? 0) > (stats.refreshes ?? 0) + 1,
          'two refreshes',
        )
        expect(later.heights.at(-1)).toBe(720)
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
    { format: 'MP4', source: BY_ELEMENT, settings: { bytesPerSecond: 60_000 }, ...FULL },
  ])
    it(`pauses, seeks and resumes ${format} after the URL has died`, options, async ({ play }) => {
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
      // 70 % of 72 s.
      await press(video, '7', 55)
      const { error } = await video.reaches(50.5)
      expect(error).toBeNull()
      expect(refused(await video.log())).toEqual([])
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

  /** The video without and with the plugin, side by side. */
  async function playBoth(play: InBrowser['play'], source: Protected['source'], before?: VideoOptions['before']) {
    const first = await play(FOR_EVER, { ...WITH_PLUGINS, name: 'nothing', source: null, ...(before && { before }) })
    const { page, stage } = first
    const answer = await fetch(`${inject('siteUrl')}${stage.endpoint}&resource=${encodeURIComponent(source.src)}`)
    const { url } = (await answer.json()) as { url: string }
    await page.evaluate(playProtected, { name: 'bare', source: { ...source, src: url } })
    await page.evaluate(playProtected, { name: 'film', source, plugin: { endpoint: stage.endpoint } })
    return { page, bare: new Video(page, stage, 'bare'), film: new Video(page, stage, 'film') }
  }

  async function untilLicences(page: Video['page']): Promise<[Given, Given]> {
    const given = () => page.evaluate<[Given, Given]>('[given_bare, given_film]')
    await until(async () => (await given()).every(({ licences }) => licences.length > 0), 'licences to be asked for')
    return given()
  }

  it('is given the keys that a DASH manifest names, as without the plugin', FULL, async ({ play }) => {
    const { page, film: video } = await playBoth(play, BY_VHS, (page) => page.evaluate(protectManifests, PROTECTION))
    const [bare, film] = await untilLicences(page)
    expect(bare.early[0]).toContain('"pssh"')
    expect(bare.licences[0]?.message).toContain(Buffer.from(KEY_ID).toString('base64url'))
    expect(film).toEqual(bare)
    expect(await isByVhs(video)).toBe(true)
  })

  it(
    'is given the options of an HLS film by VHS that says that it is encrypted, as without the plugin',
    FULL,
    async ({ play }) => {
      const { page, bare: without, film: video } = await playBoth(play, FILM)
      for (const one of [without, video]) {
        await one.reaches(1)
        await page.evaluate(beEncrypted, one.name)
      }
      const [bare, film] = await untilLicences(page)
      expect(bare.licences[0]?.options).toContain('"videoContentType":"video/mp4;codecs=')
      expect(film).toEqual(bare)
      expect(await isByVhs(video)).toBe(true)
    },
  )

  it('leaves a clear video to hls.js, and to itself', FULL, async ({ play }) => {
    const video = await play(FOR_EVER, {
      ...WITH_PLUGINS,
      source: null,
      plugin: null,
      player: ({ endpoint }) => ({ plugins: { eme: {}, signedUrl: { endpoint } } }),
    })
    await video.set(FILM)
    expect((await video.reaches(1)).error).toBeNull()
    expect(await isByVhs(video)).toBe(false)
  })
})

describe('the engine that plays HLS by `auto`', () => {
  interface Row {
    readonly engine: string
    readonly where: string
    readonly script?: string
    readonly player?: Record<string, unknown>
    readonly tags?: string[]
  }
  const ROWS: readonly Row[] = [
    { engine: 'hls.js', where: 'on a page that does nothing about VHS' },
    {
      engine: 'VHS',
      where: 'where the player configures it',
      player: { html5: { vhs: { limitRenditionByPlayerDimensions: false } } },
      ...FULL,
    },
    {
      engine: 'VHS',
      where: 'where the page configures it for all players',
      script: 'videojs.options.vhs.useBandwidthFromLocalStorage = false',
      ...FULL,
    },
    {
      engine: 'VHS',
      where: 'where the page hooks its requests',
      script: 'videojs.Vhs.xhr.onRequest((options) => options)',
      ...FULL,
    },
    {
      engine: 'VHS',
      where: 'where the page hooks its answers',
      script: 'videojs.Vhs.xhr.onResponse(() => {})',
      ...FULL,
    },
    {
      engine: 'VHS',
      where: 'where the page hooks its requests in the old way',
      script: 'videojs.Vhs.xhr.beforeRequest = (options) => options',
      ...FULL,
    },
    {
      engine: 'VHS',
      where: 'where the page sends its requests itself',
      script: 'videojs.Vhs.xhr = (...given) => videojs.xhr(...given)',
      ...FULL,
    },
  ]
  for (const { engine, where, script = 'undefined', player = {}, ...options } of ROWS)
    it(`is ${engine} ${where}`, options, async ({ play }) => {
      const before: VideoOptions['before'] = (page) => page.evaluate(`${script}; undefined`)
      const video = await play(FOR_EVER, { ...WITH_PLUGINS, player, before })
      expect((await video.reaches(0.5)).error).toBeNull()
      expect(await isByVhs(video)).toBe(engine === 'VHS')
    })
})
