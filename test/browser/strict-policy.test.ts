import { describe, expect } from 'vitest'
import type { Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { DASH, MP4 } from '../support/site.js'
import { FILM, type VideoOptions } from '../support/video.js'

/* The plugin on a page with a strict Content-Security-Policy. Video.js writes its sizes into style elements, so styles may be inline. */

const it = inBrowser('chromium')
const LIVES = 3
const CDN = 'http://127.0.0.1:*'
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  `connect-src 'self' ${CDN}`,
  `media-src 'self' blob: ${CDN}`,
  "img-src 'self' data:",
  "font-src 'self' data:",
]
const TRUSTED_TYPES = [...POLICY, "require-trusted-types-for 'script'", "trusted-types 'none'"]

/** Puts the policy on the page, as its header would, and collects what it blocks. */
const under = (policy: readonly string[]) => (page: Page) =>
  page.evaluate((content: string) => {
    const blocked: string[] = []
    Object.assign(window, { blocked })
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      blocked.push(`${effectiveDirective} ${blockedURI} ${sample}`),
    )
    document.head.append(
      Object.assign(document.createElement('meta'), { httpEquiv: 'Content-Security-Policy', content }),
    )
  }, policy.join('; '))

describe('a page with a strict policy', () => {
  const CASES: [string, VideoOptions][] = [
    ['HLS by hls.js', { source: FILM }],
    ['HLS by VHS', { source: FILM, plugin: { engine: 'vhs' } }],
    ['DASH by VHS', { source: { src: 'film/manifest.mpd', type: DASH } }],
    ['MP4 by swaps', { source: { src: 'heavy/film.mp4', type: MP4 } }],
  ]
  for (const [title, options] of CASES)
    it(`plays ${title} through expiries, and its policy blocks nothing`, FULL, async ({ play }) => {
      const settings = { lifeMs: 3_000, bytesPerSecond: 400_000, cutWhenExpired: true }
      const video = await play(settings, { ...options, before: under(POLICY) })
      await video.until(({ stats }) => (stats?.refreshes ?? 0) >= LIVES - 1, 'two refreshes')
      await video.reaches(8)
      expect(await video.do<string[]>('window.blocked')).toEqual([])
    })

  it('plays HLS by hls.js with Trusted Types', FULL, async ({ play }) => {
    const settings = { lifeMs: 3_000 }
    const video = await play(settings, { before: under(TRUSTED_TYPES) })
    await video.until(({ stats }) => (stats?.refreshes ?? 0) >= LIVES - 1, 'two refreshes')
    await video.reaches(8)
    expect(await video.do<string[]>('window.blocked')).toEqual([])
  })

  it('shows the panel with Trusted Types', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 403 }, { before: under(TRUSTED_TYPES) })
    await video.fails()
    expect(await video.do<string[]>('window.blocked')).toEqual([])
  })
})
