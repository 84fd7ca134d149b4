import { readFileSync } from 'node:fs'
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
  // VHS, DASH and swaps have not ended within a row's time there, and why is not known yet.
  webkit: ['hls.js', 'native-hls', 'worker'],
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
        const neverPlays = rows.filter(({ seen }) => seen.includes('does not play it with a URL that lasts, either'))
        expect(neverPlays).toEqual([])
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

describe('the demo', () => {
  it('shows the fault of its address in a fresh browser, the same in each', async ({ openWindow }) => {
    const open = async () => {
      const page = await openWindow('/?life=5&faults=endpoint-401')
      await page.click('.vjs-big-play-button')
      const { error } = await looks(page, (seen) => seen.error !== '', 'the fault')
      const status = await page.evaluate<string>(`document.querySelector('#faults-status').textContent`)
      return { error, status, life: await page.evaluate<string>(`document.querySelector('#life :checked').value`) }
    }
    const first = await open()
    expect(first.error).toContain('Your session has ended. Please log in again.')
    expect(first).toMatchObject({ status: 'The endpoint answers 401.', life: '5000' })
    expect(await open()).toEqual(first)
  })

  it('says what of its address does not exist, and plays the nearest', FULL, async ({ openWindow }) => {
    const page = await openWindow('/?film=mp3&engine=worker&life=11&faults=fire')
    expect(await page.evaluate<string>(`document.querySelector('#address-note').textContent`)).toBe(
      'There is no film “mp3”. It is hls. The engine worker doesn’t play hls. It is hls.js. ' +
        'A URL can’t live for 11 s here. It lives for 10 s. There is no fault “fire”.',
    )
    expect(await page.evaluate<string>('location.search')).toBe('?film=hls&tokens=gcore&engine=hls.js')
    await page.click('.vjs-big-play-button')
    await looks(page, ({ position, error }) => error === '' && position > 1, 'the film')
  })

  it('begins a fault in the middle of the film', FULL, async ({ openWindow }) => {
    const page = await openWindow('/?life=5&faults=endpoint-401&from=middle')
    await page.click('.vjs-big-play-button')
    const { position } = await looks(page, ({ error }) => error !== '', 'the fault')
    expect(position).toBeGreaterThan(7)
  })

  for (const query of [
    'film=hls&tokens=pushr&engine=vhs',
    'film=hls&tokens=clubEvent&engine=hls.js',
    'film=hls&tokens=bitsOnTheRun&engine=vhs',
    'film=hls&tokens=query&engine=hls.js',
    'film=hls&tokens=links&engine=hls.js',
    'film=hls&tokens=cookie&engine=hls.js',
    'film=hls&tokens=opaque&engine=hls.js',
    'film=dash&tokens=opaque&engine=vhs',
    'film=dash&tokens=query&engine=vhs',
    'film=live&tokens=gcore&engine=hls.js',
    'film=low-latency&tokens=query&engine=hls.js',
    'film=mp4&tokens=opaque&engine=native',
    'film=mp4&tokens=clubEvent&engine=worker',
  ])
    it(`plays through expiries: ${query}`, FULL, async ({ openWindow }) => {
      const page = await openWindow(`/?life=5&${query}`)
      await page.click('.vjs-big-play-button')
      const { error } = await looks(
        page,
        (seen) => seen.error !== '' || seen.refreshes > 1 || seen.position > 20,
        'more than two lives',
      )
      expect(error).toBe('')
      const { position } = await look(page)
      await looks(page, (seen) => seen.position > position + 1, 'more of the film')
    })
})

describe('every page', () => {
  const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

  for (const path of ['/', '/demo/pay-per-view.html', '/demo/existing-player.html', '/demo/self-test.html'])
    for (const width of [375, 1280])
      it(`has no fault that axe finds, nor a sideways scroll: ${path} at ${width} px`, FULL, async ({ openWindow }) => {
        const page = await openWindow(path)
        await page.resize(width, 800)
        await page.evaluate(axe)
        const violations = await page.evaluate<object[]>(`axe.run(document).then(({ violations }) =>
          violations.map(({ id, nodes }) => ({ id, html: nodes.map(({ html, failureSummary }) => html + failureSummary) })))`)
        expect(violations).toEqual([])
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      })
})
