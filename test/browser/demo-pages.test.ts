import { describe, expect } from 'vitest'
import type { BrowserName, Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { openPage, until, untilSeen } from '../support/site.js'

/* The pages of the demo, as their visitors use them. */

const PROMISES = ['lives', 'pause', 'seek', 'refusal']

interface Row {
  readonly promise: string
  readonly outcome: string
  readonly seen: string
}

/** Runs the self-test with one engine, and returns its rows when all are there. */
async function selfTest(page: Page, engine: string): Promise<Row[]> {
  await openPage(page, `/demo/self-test.html?engines=${engine}`)
  await page.click('#start')
  const rows = () =>
    page.evaluate<Row[]>(`[...document.querySelectorAll('[data-promise]')].map(({ dataset, lastElementChild }) =>
      ({ promise: dataset.promise, outcome: dataset.outcome ?? '', seen: lastElementChild.textContent }))`)
  const isDone = (seen: readonly Row[]) => seen.every(({ outcome }) => outcome !== '' && outcome !== 'running')
  return untilSeen(rows, isDone, 'the self-test to end', 280_000)
}

const ENGINES_OF: Record<BrowserName, readonly string[]> = {
  chromium: ['hls.js', 'vhs', 'dash', 'native-hls', 'swap', 'worker'],
  firefox: ['hls.js', 'vhs', 'dash', 'native-hls', 'swap', 'worker'],
  webkit: ['hls.js', 'vhs', 'dash', 'native-hls', 'swap', 'worker'],
}

for (const name of ['chromium', 'firefox', 'webkit'] as const) {
  const it = inBrowser(name)

  describe(`the self-test in ${name}`, () => {
    for (const engine of ENGINES_OF[name])
      it(`tries each promise with ${engine}`, FULL, async ({ openWindow }) => {
        const page = await openWindow(null)
        const rows = await selfTest(page, engine)
        expect(rows.map(({ promise }) => promise)).toEqual(PROMISES)
        expect(rows.filter(({ outcome }) => outcome === 'broken')).toEqual([])
        const report = await page.evaluate<string>('document.querySelector("#report").value')
        expect(report).toContain(await page.evaluate<string>('navigator.userAgent'))
        expect(report).not.toMatch(/https?:|token|\/\d{10}\//)
      })
  })
}

const it = inBrowser('chromium')

/** What a viewer sees of the player `film`. */
interface Look {
  readonly position: number
  readonly paused: boolean
  /** The sentence of the error display, empty where there is none. */
  readonly error: string
  readonly refreshes: number
}

const look = (page: Page) =>
  page.evaluate<Look>(`(({ player }) => ({
    position: player.currentTime(),
    paused: player.paused(),
    error: player.error() ? player.errorDisplay.el().innerText : '',
    refreshes: player.signedUrl().stats.refreshes,
  }))(document.querySelector('.video-js'))`)

const looks = (page: Page, condition: (seen: Look) => boolean, what: string) =>
  untilSeen(() => look(page), condition, what)

describe('the pay-per-view page', () => {
  it('says why it stops, and goes on at the same place with another ticket', FULL, async ({ openWindow }) => {
    const page = await openWindow('/demo/pay-per-view.html?ticket=6')
    await page.click('.vjs-big-play-button')
    await looks(page, ({ error }) => error.includes('Buy a ticket to watch this film.'), 'the sentence before a ticket')
    await page.click('#buy')
    await looks(page, ({ position, error }) => error === '' && position > 2, 'the film')
    const { position } = await looks(page, ({ error }) => error.includes('Your ticket has ended.'), 'the end')
    expect(position).toBeGreaterThan(2)
    await page.click('#buy')
    const after = await looks(page, (seen) => seen.error === '' && seen.position > position + 1, 'the film again')
    expect(after.paused).toBe(false)
  })
})

describe('the page of an existing player', () => {
  it('keeps its playlist, quality menu and previews through refreshes', FULL, async ({ openWindow }) => {
    const page = await openWindow('/demo/existing-player.html')
    await page.click('.vjs-big-play-button')
    const start = await looks(page, ({ position }) => position > 1, 'the film')
    expect(start.error).toBe('')
    const text = (selector: string) => page.evaluate<string>(`document.querySelector('${selector}').textContent`)
    expect(await text('.vjs-quality-selector .vjs-menu')).toContain('720p')
    expect(await text('#playlist [aria-current]')).toBe('The Short Life of a Token')
    await page.evaluate(`void document.querySelector('.video-js').player.currentTime(60)`)
    await until(async () => (await text('#refreshes')).includes('refresh'), 'a refresh')
    await page.click('#playlist li:last-child button')
    await until(async () => (await text('#playlist [aria-current]')) === 'The Trailer', 'the trailer')
    await looks(page, ({ position, error }) => error === '' && position > 0.5, 'the trailer to play')
  })
})
