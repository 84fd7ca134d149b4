import { cpus } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * The share of the machine that must be idle. A browser window needs a core for about a second until its video plays, and then a fifth of one:
 * two cores that are never idle play about eight videos, or three next to a program that keeps one core busy.
 */
const ROOM = 0.15
const POLL_MS = 250
/** When other programs keep the machine busy permanently, the tests continue anyway. */
const PATIENCE_MS = 10_000

let turn = Promise.resolve()

/** Waits until this machine is idle enough for one more window. Callers take turns, so that each sees the load of the one before. */
export function roomForAWindow(): Promise<void> {
  turn = turn.then(untilIdle)
  return turn
}

async function untilIdle(): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  let before = times()
  do {
    await wait(POLL_MS)
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
