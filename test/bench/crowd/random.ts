/** One step of mulberry32, a generator whose whole state is 32 bits: each viewer has one, so that a run can be replayed. */
export function nextState(state: number): number {
  return (state + 0x6d2b79f5) | 0
}

/** From 0 to 1, for a state. */
export function chanceOf(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** A number from 0 to 1 that depends on nothing but its arguments. `use` keeps the numbers of one viewer apart. */
export function chanceFor(seed: number, viewer: number, use: number, count = 0): number {
  const mixed =
    Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(viewer + 1, 0x85ebca6b) ^ Math.imul(use * 0x10001 + count, 0xc2b2ae35)
  return chanceOf(nextState(mixed ^ (mixed >>> 16)))
}

/** A wait whose end is equally likely at any moment. */
export function exponential(meanMs: number, chance: number): number {
  return -meanMs * Math.log(1 - chance)
}

/** A standard normal deviate of two chances. */
export function normal(one: number, other: number): number {
  return Math.sqrt(-2 * Math.log(1 - one)) * Math.cos(2 * Math.PI * other)
}
