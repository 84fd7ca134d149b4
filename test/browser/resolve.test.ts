import { describe, expect } from 'vitest'
import type { LogEntry } from '../../demo/server/stages.js'
import { gcore } from '../../src/signers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { ABOVE, md5, type Shape, ShapedOrigin } from '../support/shaped-origin.js'
import { HLS, MP4, SMALL_BUFFER, until } from '../support/site.js'
import { issuesUsed, type Video, type VideoOptions } from '../support/video.js'

/* What a page loads of the video by itself: previews over the seek bar, text tracks. All of it lies behind the video's token. */

const it = inBrowser('chromium')
const LIFE_S = 3
const LIVES = 3

/** A page with previews over the seek bar, whose images it resolves whenever the video's URL is refreshed. */
const PREVIEWS: VideoOptions = {
  in: '/test/browser/pages/plugins.html',
  source: null,
  plugin: null,
  player: ({ endpoint }) => previewing({ endpoint }),
  before: (page) => page.evaluate('void Object.assign(window, { sprites: [] })'),
}
const previewing = (signedUrl: object) => ({
  plugins: {
    signedUrl: { hls: SMALL_BUFFER, ...signedUrl },
  },
})

/** As a page does it that shows previews. `sprite`: an expression for the address of the image. */
const keepResolved = (sprite: string) => `
  player.on(['loadedmetadata', 'signedurlrefreshed'], async () => {
    const isFirst = window.sprites.length === 0
    const resolve = (file) => player.signedUrl().resolve(file)
    const cueOf = async (url) => (await (await fetch(url)).text()).trim().split('\\n').at(-1)
    window.sprites[0] = await resolve(${sprite})
    if (!isFirst) return
    player.spriteThumbnails({ urlArray: window.sprites, width: 160, height: 90, columns: 1, rows: 1, interval: 1000, downlink: 0, initOnDemand: true })
  })`

/** Moves the mouse over the seek bar, and loads the preview as the browser does where the mouse really is. Resolves to its width. */
const HOVER = `(async () => {
  const bar = player.controlBar.progressControl.el()
  const { left, top, width } = bar.getBoundingClientRect()
  bar.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: left + width / 2, clientY: top + 2 }))
  const preview = bar.querySelector('.vjs-mouse-display .vjs-time-tooltip')
  const image = new Image()
  image.src = preview.style.backgroundImage.slice(5, -2)
  await image.decode()
  return image.width
})()`

/** The demo's picture as a sprite of one. */
const storyboard = (file: string) =>
  file.endsWith('storyboard.vtt') ? 'WEBVTT\n\n00:00.000 --> 01:12.000\nposter.jpg#xywh=0,0,160,90\n' : undefined

const GCORE_SECRET = 'shaped'
const GCORE: Shape = {
  sign: ({ origin, expiresAt }) => ({
    url: gcore({ baseUrl: origin, clientId: 7, videoId: 'lake', secret: GCORE_SECRET, expiresAt }),
  }),
  open({ pathname }) {
    const [, token, expiresAt, file] = /^\/videos\/7_lake\/([\w-]+)\/(\d+)\/(.+)$/.exec(pathname) ?? []
    // Computed with Node's MD5, so that an error in the signers shows.
    const isValid = token === md5(`7_lake_${GCORE_SECRET}_${expiresAt}_`)
    return isValid && file ? { file: `film/${file}`, expiresAt: Number(expiresAt) } : undefined
  },
}

const isSprite = ({ path }: LogEntry) => path.endsWith('poster.jpg')

/** The preview was never loaded before the third expiry, and loads then, at the first request. */
async function showsPreviewLate(video: Video, log: () => Promise<readonly LogEntry[]>): Promise<void> {
  await until(async () => issuesUsed(await log()) > LIVES, `${LIVES} lives of its URL`)
  expect((await log()).filter(isSprite)).toEqual([])
  expect(await video.do<number>(HOVER)).toBeGreaterThan(0)
  expect((await log()).filter(isSprite).map(({ status }) => status)).toEqual([200])
  expect((await video.see()).error).toBeNull()
}

describe('previews by videojs-sprite-thumbnails', () => {
  it.for([
    ['a Gcore token', GCORE, ''],
    ['a CloudFront policy', ABOVE["CloudFront's policy"] ?? GCORE, '../'],
  ] as const)(
    'appear after the third expiry, though they were never loaded before, by a storyboard behind %s',
    FULL,
    async ([, shape, folder], { play }) => {
      const origin = await ShapedOrigin.open({ ...shape, made: storyboard }, LIFE_S)
      try {
        const options = { ...PREVIEWS, player: () => previewing({ endpoint: origin.endpoint }) }
        const video = await play({}, options)
        await video.do(keepResolved(`'${folder}' + await cueOf(await resolve('${folder}storyboard.vtt'))`))
        await video.set({ src: 'lake', type: HLS })
        await showsPreviewLate(video, async () => origin.log)
      } finally {
        await origin.close()
      }
    },
  )

  it('appear beside an MP4 whose URL has been refreshed three times', FULL, async ({ play }) => {
    const video = await play({}, PREVIEWS)
    await video.do(keepResolved(`'poster.jpg'`))
    await video.set({ src: 'film/film.mp4', type: MP4 })
    await video.reaches(1)
    for (let refreshes = 0; refreshes < LIVES; refreshes += 1) await video.refresh()
    await video.until(
      ({ events }) => events.filter(({ type }) => type === 'signedurlrefreshed').length === LIVES,
      'three refreshes',
    )
    expect(await video.do<number>(HOVER)).toBeGreaterThan(0)
    const [{ issue, status } = { issue: 0, status: 0 }] = (await video.log()).filter(isSprite)
    expect({ issue, status }).toEqual({ issue: LIVES + 1, status: 200 })
  })
})

/** The license of a Clear Key for one key id (W3C Encrypted Media Extensions, section 9.1.3). */
const KEY_ID = Buffer.from('0123456789abcdef').toString('base64url')
const LICENSE = JSON.stringify({ keys: [{ kty: 'oct', kid: KEY_ID, k: KEY_ID }], type: 'temporary' })

/** Runs in the page: a site that fetches its license from behind the video's token. */
function playProtected(endpoint: string): void {
  window.lab.start({ name: 'film', play: false, player: { plugins: { eme: {}, signedUrl: { endpoint } } } })
  const player = window.lab.player('film') as ReturnType<typeof window.lab.player> & {
    signedUrl(): { resolve(url: string): Promise<string> }
  }
  const getLicense = async (
    _options: object,
    _message: ArrayBuffer,
    done: (error: unknown, license?: ArrayBuffer) => void,
  ) => {
    const response = await fetch(await player.signedUrl().resolve('../license'))
    Object.assign(window, { licenseStatus: response.status })
    done(null, await response.arrayBuffer())
  }
  const tech = player.tech(true)
  tech.on('keysessionupdated', () => Object.assign(window, { hasKey: true }))
  player.src({ src: 'lake', type: 'application/x-mpegURL', keySystems: { 'org.w3.clearkey': { getLicense } } })
  player.play()?.catch(() => {})
}

/** Runs in the page: fires the event that an encrypted file would cause. */
function fireEncrypted(keyId: string): void {
  const initData = new TextEncoder().encode(JSON.stringify({ kids: [keyId] })).buffer
  const event = new MediaEncryptedEvent('encrypted', { initDataType: 'keyids', initData })
  window.lab.player('film').tech(true).el().dispatchEvent(event)
}

describe('videojs-contrib-eme', () => {
  it('gets a license from behind the video’s token, asked for after an expiry', FULL, async ({ play }) => {
    const shape = ABOVE["CloudFront's policy"]
    if (!shape) throw new Error('There is no such shape.')
    const made = (file: string) => (file.endsWith('license') ? LICENSE : undefined)
    const origin = await ShapedOrigin.open({ ...shape, made }, LIFE_S)
    try {
      const video = await play(
        {},
        { in: '/test/browser/pages/plugins.html', source: null, plugin: null, name: 'nothing' },
      )
      await video.page.evaluate(playProtected, origin.endpoint)
      await until(async () => issuesUsed(origin.log) > 1, 'a second URL')
      await video.page.evaluate(fireEncrypted, KEY_ID)
      await until(() => video.page.evaluate<boolean>('window.hasKey === true'), 'the key')
      const licenses = origin.log.filter(({ path }) => path.endsWith('license'))
      expect(licenses.map(({ status, issue }) => [status, (issue ?? 0) > 1])).toEqual([[200, true]])
    } finally {
      await origin.close()
    }
  })
})

describe('resolve()', () => {
  it('gives a text track that is added after an expiry its URL, and the track its cues', FULL, async ({ play }) => {
    const video = await play({ lifeMs: LIFE_S * 1_000 })
    await until(async () => issuesUsed(await video.log()) > 1, 'a second URL')
    await video.do(`(async () => {
      const src = await player.signedUrl().resolve('subtitles/000.vtt')
      const { track } = player.addRemoteTextTrack({ kind: 'captions', src, srclang: 'en' }, false)
      track.mode = 'showing'
      window.added = track
    })()`)
    await until(() => video.do<boolean>('window.added.cues?.length > 0'), 'its cues')
    const tracks = (await video.log()).filter(({ path, issue }) => path === 'subtitles/000.vtt' && (issue ?? 0) > 1)
    expect(tracks.map(({ status }) => status)).toContain(200)
  })

  it('refreshes a dead URL first, once for all that ask', FULL, async ({ play }) => {
    const video = await play({ lifeMs: LIFE_S * 1_000 }, { autoplay: false })
    await video.until(({ stats }) => (stats.signings ?? 0) === 1, 'its URL')
    await until(async () => (await video.see()).status === 'expired', 'its expiry')
    const statuses = await video.do<number[]>(`Promise.all(['poster.jpg', '360p/init.mp4'].map(async (file) =>
      (await fetch(await player.signedUrl().resolve(file))).status))`)
    expect(statuses).toEqual([200, 200])
    expect((await video.see()).stats.signings).toBe(2)
  })

  it('leaves a URL alone that the signature does not open', FULL, async ({ play }) => {
    const video = await play({})
    await video.reaches(0.5)
    const other = 'https://other.example/sprite.jpg?x=1'
    expect(await video.do(`player.signedUrl().resolve(${JSON.stringify(other)})`)).toBe(other)
    expect(await video.do(`player.signedUrl().resolve('').catch((error) => error.name + ': ' + error.message)`)).toBe(
      'TypeError: signedUrl: resolve() takes the URL of a file, a string that is not empty.',
    )
  })
})
