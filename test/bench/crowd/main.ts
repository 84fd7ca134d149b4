import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { blocksOf, withFigures } from './document.js'
import { measureEndpoint } from './endpoint-load/measure.js'
import type { CrowdFigures } from './figures.js'
import { picturesOf } from './pictures.js'
import type { ScenarioResult, ScenarioTask } from './scenario-worker.js'
import { SCENARIOS } from './scenarios.js'
import { WORLD } from './world.js'

/* `npm run bench:crowd`: simulates all scenarios, loads the real endpoint, prints the tables, and writes docs/crowd.md with its pictures and its figures. */

const THREADS = 2
const { values } = parseArgs({
  options: { viewers: { type: 'string' }, seed: { type: 'string' }, 'no-write': { type: 'boolean', default: false } },
})
const viewers = Number(values.viewers ?? WORLD.viewers)
const seed = Number(values.seed ?? WORLD.seed)
const fileOf = (name: string) => new URL(`./${name}.js`, import.meta.url)

function simulateInThread(name: string): Promise<ScenarioResult> {
  const task: ScenarioTask = { name, viewers, seed }
  return new Promise((resolve, reject) => {
    new Worker(fileOf('scenario-worker'), { workerData: task }).on('message', resolve).on('error', reject)
  })
}

async function simulateAll(): Promise<ScenarioResult[]> {
  const left = [...names]
  const results: ScenarioResult[] = []
  const thread = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const since = performance.now()
      results.push(await simulateInThread(name))
      console.info(`${name}: ${((performance.now() - since) / 1_000).toFixed(0)} s`)
    }
  }
  await Promise.all(Array.from({ length: THREADS }, thread))
  return results
}

const names = SCENARIOS.map(({ name }) => name)
const results = (await simulateAll()).sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name))
const figures: CrowdFigures = {
  viewers,
  seed,
  scenarios: Object.fromEntries(results.map((result) => [result.name, result.figures])),
  endpoint: await measureEndpoint(fileOf('server').pathname),
}
for (const block of Object.values(blocksOf(figures))) console.info(`\n${block}`)

if (!values['no-write']) {
  const folder = join('docs', 'figures')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'crowd.json'), `${JSON.stringify(figures, null, 2)}\n`)
  const series = new Map(results.map(({ name, requests }) => [name, requests]))
  for (const [file, svg] of Object.entries(picturesOf(series))) writeFileSync(join(folder, file), svg)
  const page = join('docs', 'crowd.md')
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figures))
}
