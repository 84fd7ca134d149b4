// `npm test` and `npm run test:full`: makes sure that the browsers and servers are installed, then runs every step in order until one fails.
//
//   npm test                            lint, types, unit tests, the demo's and the crowd's tests, fuzzing, build, package checks, and the most important browser rows
//   npm run test:full                   the other browser rows
//   npm test -- --only unit             one step, or several: --only lint,unit
//   BROWSERS=chromium npm test          browser rows in these browsers only
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { requireBrowsers } from './support/requirements.mjs'

const RESULTS = 'test-results/browser.json'
const QUICK = {
  lint: 'npm run --silent lint',
  types: 'npm run --silent types',
  unit: 'npm run --silent test:unit',
  demo: 'npx vitest run --project demo-server --project demo-page --project crowd --project fuzz --maxWorkers 2',
  build: 'npm run --silent build',
  package: 'npm run --silent test:package',
  browser: browserRows('!full'),
}
const FULL = { 'full rows': browserRows('full') }

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, full: { type: 'boolean' } } })
const steps = chooseSteps(values.full ? FULL : QUICK)
if (Object.values(steps).some((command) => command.includes('--project browser'))) requireBrowsers()
process.exitCode = run(steps)

/** @param {string} tags */
function browserRows(tags) {
  return `npx vitest run --project browser --tags-filter "${tags}" --reporter default --reporter json --outputFile ${RESULTS}`
}

/** @param {Record<string, string>} all */
function chooseSteps(all) {
  const chosen = values.only?.flatMap((value) => value.split(',')) ?? Object.keys(all)
  const unknown = chosen.filter((step) => !Object.hasOwn(all, step))
  if (unknown.length > 0) {
    console.error(`There is no step "${unknown.join('", "')}": choose from ${Object.keys(all).join(', ')}.`)
    process.exit(1)
  }
  return Object.fromEntries(Object.entries(all).filter(([step]) => chosen.includes(step)))
}

/** @param {Record<string, string>} steps */
function run(steps) {
  const lines = []
  let hasFailed = false
  for (const [step, command] of Object.entries(steps)) {
    if (hasFailed) {
      lines.push(`not run ${step}`)
      continue
    }
    heading(step)
    const started = performance.now()
    // npm and npx are scripts on Windows, so they need a shell. The commands are fixed.
    const { status } = spawnSync(command, { stdio: 'inherit', shell: true })
    hasFailed = status !== 0
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    lines.push(`${hasFailed ? 'FAILED' : 'passed'}  ${step.padEnd(9)} ${seconds} s`)
    if (command.includes(RESULTS)) lines.push(...describeRows())
  }
  heading('summary')
  console.log(lines.join('\n'))
  return hasFailed ? 1 : 0
}

/** Describes how many browser rows passed and failed, and why others did not run. */
function describeRows() {
  try {
    /** @type {{ testResults: { assertionResults: { status: string, tags?: string[], meta: { notRun?: string } }[] }[] }} */
    const { testResults } = JSON.parse(readFileSync(RESULTS, 'utf8'))
    const rows = testResults.flatMap(({ assertionResults }) => assertionResults)
    const count = (status) => rows.filter((row) => row.status === status).length
    const reasons = rows.flatMap(({ meta }) => meta.notRun ?? [])
    return [
      `        ${count('passed')} rows passed, ${count('failed')} failed`,
      ...[...new Set(reasons)].map(
        (why) => `        ${reasons.filter((one) => one === why).length} rows not run: ${why}`,
      ),
    ]
  } catch {
    return ['        The browser rows left no results.']
  }
}

/** @param {string} text */
function heading(text) {
  console.log(`\n=== ${text} ===`)
}
