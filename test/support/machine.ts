import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * How much of the machine has to be idle. A window of a browser needs a processor for about a second until its video plays, and then a fifth of one:
 * two cores that are never idle play some eight. Beside a program that keeps one core busy it is three.
 */
const ROOM = 0.15
const LOOK_MS = 250
/** Where other programs keep the machine busy for good, the tests go on beside them. */
const PATIENCE_MS = 10_000

let turn = Promise.resolve()

/** Waits until the processors of this machine are idle enough for one more window. One caller after the other, so that each one's load is seen by the next. */
export function roomForAWindow(): Promise<void> {
  turn = turn.then(untilIdle)
  return turn
}

async function untilIdle(): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  let before = times()
  do {
    await wait(LOOK_MS)
    const now = times()
    if ((now.idle - before.idle) / (now.all - before.all) >= ROOM) return
    before = now
  } while (performance.now() < end)
}

function times(): { idle: number; all: number } {
  const each = cpus().map(({ times: { idle, user, nice, sys, irq } }) => ({
    idle,
    all: idle + user + nice + sys + irq,
  }))
  return each.reduce((sum, { idle, all }) => ({ idle: sum.idle + idle, all: sum.all + all }))
}
