import { parentPort, workerData } from 'node:worker_threads'
import { figuresOf, type ScenarioFigures } from './figures.js'
import { SCENARIOS } from './scenarios.js'
import { simulate } from './simulate.js'

/** Simulates one scenario in a thread of its own. */
export interface ScenarioTask {
  readonly name: string
  readonly viewers: number
  readonly seed: number
}

export interface ScenarioResult {
  readonly name: string
  readonly figures: ScenarioFigures
  /** By second since the doors open. */
  readonly requests: Uint32Array
}

const { name, viewers, seed }: ScenarioTask = workerData
const scenario = SCENARIOS.find((one) => one.name === name)
if (!scenario) throw new Error(`There is no scenario ${name}.`)
const simulation = simulate({ ...scenario.world, viewers, seed })
const result: ScenarioResult = { name, figures: figuresOf(scenario, simulation), requests: simulation.requests }
parentPort?.postMessage(result)
