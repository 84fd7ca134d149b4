import { describe, expect } from 'vitest'
import type { BrowserName, Page } from '../support/browsers/index.js'
import { FULL, inBrowser } from '../support/in-browser.js'
import { openPage, untilSeen } from '../support/site.js'

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
        console.log(name, engine, JSON.stringify(rows, null, 1))
        expect(rows.map(({ promise }) => promise)).toEqual(PROMISES)
        expect(rows.filter(({ outcome }) => outcome === 'broken')).toEqual([])
        const report = await page.evaluate<string>('document.querySelector("#report").value')
        expect(report).toContain(await page.evaluate<string>('navigator.userAgent'))
        expect(report).not.toMatch(/https?:|token|\/\d{10}\//)
      })
  })
}
