// `npm run test:repeat`: repeats the browser rows of `npm test`, and reports how often each row was red.
//
//   npm run test:repeat                      ten times
//   npm run test:repeat -- --times 5 --busy  five times, next to a process that keeps one core busy
//   npm run test:repeat -- worker            the rows of files with "worker" in their names
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { requireBrowsers } from './support/requirements.mjs'

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '10' }, busy: { type: 'boolean' }, full: { type: 'boolean' } },
  allowPositionals: true,
})
const times = Number(values.times)
if (!Number.isInteger(times) || times < 1) {
  console.error(`--times takes a whole number of at least 1, not ${values.times}.`)
  process.exit(1)
}
requireBrowsers()
const results = 'test-results/repeat.json'
const busy = values.busy && keepOneCoreBusy()
/** @type {{ seconds: number, passed: number, red: string[] }[]} */
const runs = []
try {
  for (let run = 1; run <= times; run += 1) {
    runs.push(runOnce())
    const { seconds, passed, red } = runs.at(-1) ?? { seconds: 0, passed: 0, red: [] }
    console.log(`run ${run} of ${times}: ${passed} passed, ${red.length} red, ${seconds.toFixed(0)} s`)
  }
} finally {
  if (busy) busy.kill()
}
report()
process.exitCode = runs.every(({ red, passed }) => red.length === 0 && passed > 0) ? 0 : 1

/** The process watches for the end of its input, so it ends with this process, however that ends. */
function keepOneCoreBusy() {
  const script = `process.stdin.resume().on('end', () => process.exit())
    const spin = () => { for (const end = Date.now() + 100; Date.now() < end;); setImmediate(spin) }
    spin()`
  return spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'ignore'] })
}

function runOnce() {
  mkdirSync('test-results', { recursive: true })
  rmSync(results, { force: true })
  const tags = values.full ? 'full' : '!full'
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(
    'npx',
    [
      'vitest',
      'run',
      '--project',
      'browser',
      '--tags-filter',
      tags,
      '--reporter',
      'default',
      '--reporter',
      'json',
      '--outputFile',
      results,
      ...positionals,
    ],
    {
      encoding: 'utf8',
      shell: process.platform === 'win32',
      maxBuffer: 2 ** 30,
      env: { ...process.env, NO_COLOR: '1' },
    },
  )
  const seconds = (performance.now() - started) / 1000
  /** @type {string[]} */
  const red = []
  let passed = 0
  try {
    for (const { assertionResults, status: fileStatus, name } of JSON.parse(readFileSync(results, 'utf8'))
      .testResults) {
      for (const row of assertionResults) {
        if (row.status === 'passed') passed += 1
        if (row.status === 'failed') red.push(row.fullName)
      }
      if (fileStatus === 'failed' && assertionResults.every((row) => row.status !== 'failed')) red.push(name)
    }
  } catch {
    red.push('no results')
  }
  // The run can fail without a red row, for example by an error outside the rows.
  if (status !== 0 && red.length === 0) red.push('the run itself')
  if (red.length > 0) writeFileSync(`test-results/repeat-${Date.now()}.log`, stdout + stderr)
  return { seconds, passed, red }
}

function report() {
  const red = runs.flatMap((run) => run.red)
  const seconds = runs.map((run) => run.seconds).sort((one, other) => one - other)
  console.log(`\n| Row | Red in ${times} runs${values.busy ? ', one core busy' : ''} |\n| --- | --- |`)
  for (const row of [...new Set(red)]) console.log(`| ${row} | ${red.filter((one) => one === row).length} |`)
  if (red.length === 0) console.log(`| none of ${runs[0]?.passed} | 0 |`)
  console.log(
    `\nSeconds a run: ${seconds[0]?.toFixed(0)} to ${seconds.at(-1)?.toFixed(0)}, median ${seconds[Math.floor(seconds.length / 2)]?.toFixed(0)}.`,
  )
}
