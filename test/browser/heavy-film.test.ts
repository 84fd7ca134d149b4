import { describe, expect, inject } from 'vitest'
import type { SchemeName } from '../../demo/server/schemes.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { installFrameReader, openStage } from '../support/site.js'

/* The MP4 tests rely on a video of realistic size whose frames can be distinguished. */

async function sign(resource: string, scheme: SchemeName = 'gcore'): Promise<string> {
  const { endpoint } = await openStage({ scheme, lifeMs: 60_000 })
  const response = await fetch(`${inject('siteUrl')}${endpoint}&resource=${resource}`)
  return (await response.json()).url
}

describe('the heavy video', () => {
  const it = inBrowser('chromium')

  it.each<SchemeName>(['gcore', 'clubEvent', 'bitsOnTheRun', 'pushrFile'])(
    'is served in parts with %s signatures, at 100 kB for each of its 90 s',
    FULL,
    async (scheme) => {
      const part = await fetch(await sign('heavy/film.mp4', scheme), { headers: { Range: 'bytes=0-99' } })
      expect(part.status).toBe(206)
      const size = Number(part.headers.get('Content-Range')?.split('/')[1])
      expect(Math.abs(size / 9_000_000 - 1)).toBeLessThan(0.03)
    },
  )

  it('shows the number of each frame', FULL, async ({ openWindow }) => {
    const page = await openWindow()
    await installFrameReader(page)
    const numbers = await page.evaluate(
      async (url: string) => {
        const video = Object.assign(document.createElement('video'), { crossOrigin: 'anonymous', src: url })
        const seen: number[] = []
        for (const frame of [0, 1, 799, 1600, 2159]) {
          video.currentTime = (frame + 0.5) / 24
          await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }))
          seen.push(window.readFrameNumber(video))
        }
        return seen
      },
      await sign('heavy/film.mp4'),
    )
    expect(numbers).toEqual([0, 1, 799, 1600, 2159])
  })

  it('comes with a text file that is served as an MP4', FULL, async () => {
    const response = await fetch(await sign('heavy/not-a-film.mp4'))
    expect(response.headers.get('Content-Type')).toBe('video/mp4')
    expect(await response.text()).toContain('This is text')
  })
})
