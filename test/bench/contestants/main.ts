import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BROWSERS, type Browser, launch } from '../../support/browsers/index.js'
import { CONTESTANTS, type Contestant } from './contestants.js'
import { terminalText, write } from './document.js'
import { CHECKS, type Comparison, type Figures, type Result } from './figures.js'
import { figuresOf, heardBeyond, playOnce } from './measure.js'
import { recovery } from './recover.js'
import { openSite, type Site, sentenceOf } from './site.js'

/** Short, so that a URL expires several times in a run. An expiry is a whole second, so these live for 4.5 to 5.5 s. */
const LIFE_MS = 4_500
const NO_EXPIRY_MS = 3_600_000
/** Recoveries pass or fail, so a busy machine matters less. */
const WINDOWS = 3

/** What the contestants without packages of their own play with. */
const INSTALLED = ['video.js', 'hls.js']

/** `npm run bench`: measures all contestants one after the other, prints a table, and writes docs/comparison.md with its figures and its pictures. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      browser: { type: 'string', default: 'chromium' },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '15' },
      only: { type: 'string' },
      'no-recoveries': { type: 'boolean', default: false },
    },
  })
  const browserName = BROWSERS.find((name) => name === values.browser)
  if (!browserName) throw new Error(`--browser is one of ${BROWSERS.join(', ')}.`)
  const wanted = values.only?.split(',')
  const unknown = wanted?.find((name) => !CONTESTANTS.some((contestant) => contestant.name === name))
  if (unknown !== undefined) throw new Error(`There is no contestant ${unknown}.`)
  const contestants = CONTESTANTS.filter(({ name }) => wanted?.includes(name) ?? true)
  const [runs, seconds] = [Number(values.runs), Number(values.seconds)]
  if (!(runs >= 1) || !(seconds >= 1)) throw new Error('--runs and --seconds are numbers from 1 on.')

  const site = await openSite(contestants)
  const browser = await launch(browserName)
  try {
    const results = await compare(browser, site, contestants, { runs, seconds })
    const recovered = values['no-recoveries'] ? results : await withRecoveries(browser, site, contestants, results)
    const versions = [...INSTALLED.map(installedVersion), ...new Set(contestants.flatMap(({ packages }) => packages))]
    const comparison: Comparison = {
      browser: browserName,
      browserVersion: await versionOf(browser),
      runs,
      seconds,
      lifeMs: LIFE_MS,
      versions,
      results: recovered,
    }
    console.info(`\n${terminalText(comparison)}`)
    // A part of the contestants is no comparison.
    if (!wanted) write(comparison)
  } finally {
    await browser.close()
    await site.close()
  }
}

function installedVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }
  return `${name}@${version}`
}

async function versionOf(browser: Browser): Promise<string> {
  const page = await browser.newPage()
  const agent = await page.evaluate<string>('navigator.userAgent')
  await page.close()
  return /(?:Firefox|Chrome)\/(\d+)/.exec(agent)?.[1] ?? ''
}

async function compare(
  browser: Browser,
  site: Site,
  contestants: readonly Contestant[],
  { runs, seconds }: { runs: number; seconds: number },
): Promise<Result[]> {
  const results: Result[] = []
  for (const contestant of contestants) {
    const { name, title, format, isOurs } = contestant
    const measured = await measure(browser, site, contestant, { runs, seconds })
    console.info(`${name}: ${measured.failed ?? JSON.stringify(measured.runs)} ${measured.heard.join(' ')}`)
    results.push({ name, title, format, isOurs, ...measured, recoveries: {} })
  }
  return results
}

async function withRecoveries(
  browser: Browser,
  site: Site,
  contestants: readonly Contestant[],
  results: readonly Result[],
): Promise<Result[]> {
  const playing = contestants.filter(({ name }) => results.some((one) => one.name === name && one.failed === null))
  const found = new Map<string, Result['recoveries']>()
  const tasks = CHECKS.flatMap((check) => playing.map((contestant) => ({ check, contestant })))
  await inWindows(tasks, async ({ check, contestant }) => {
    const outcome = await recovery(browser, site.url, contestant, check)
    console.info(`${contestant.name}, ${check}: ${JSON.stringify(outcome)}`)
    found.set(contestant.name, { ...found.get(contestant.name), [check]: outcome })
  })
  return results.map((result) => ({ ...result, recoveries: found.get(result.name) ?? {} }))
}

type Measured = Pick<Result, 'runs' | 'heard' | 'stops' | 'failed'>

async function measure(
  browser: Browser,
  site: Site,
  contestant: Contestant,
  { runs, seconds }: { runs: number; seconds: number },
): Promise<Measured> {
  const failure = site.failures.get(contestant)
  if (failure !== undefined) return { runs: [], heard: [], stops: 0, failed: failure }
  try {
    const control = await playOnce(browser, site.url, contestant, { lifeMs: NO_EXPIRY_MS, seconds })
    const measured: { figures: Figures; heard: string[]; isStill: boolean }[] = []
    for (let round = 0; round < runs; round += 1) {
      const run = await playOnce(browser, site.url, contestant, { lifeMs: LIFE_MS, seconds })
      measured.push({ figures: figuresOf(run, control), heard: heardBeyond(run, control), isStill: run.seen.isStill })
    }
    const byCount = [...measured].sort((one, other) => one.heard.length - other.heard.length)
    const heard = byCount[Math.floor((runs - 1) / 2)]?.heard ?? []
    const stops = measured.filter(({ isStill }) => isStill).length
    return { runs: measured.map(({ figures }) => figures), heard, stops, failed: null }
  } catch (error) {
    return { runs: [], heard: [], stops: 0, failed: sentenceOf(error) }
  }
}

/** Works on `WINDOWS` tasks at a time. */
async function inWindows<T>(tasks: readonly T[], work: (task: T) => Promise<void>): Promise<void> {
  const left = [...tasks]
  const window = async () => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) await work(task)
  }
  await Promise.all(Array.from({ length: WINDOWS }, window))
}
