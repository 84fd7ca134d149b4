import { describe, expect, it } from 'vitest'
import { guardMs, leadMs, type RefreshTiming, spreadMs } from '../../../src/core/refresh-policy.js'

const timing = (changes: Partial<RefreshTiming> = {}): RefreshTiming => ({
  lifeMs: 60_000,
  signingMs: 100,
  sendMs: 50,
  leadTimeMs: undefined,
  shared: false,
  ...changes,
})

describe('leadMs', () => {
  it.each<[string, Partial<RefreshTiming>, number]>([
    ['a fifth of the life', { lifeMs: 60_000 }, 12_000],
    ['a fifth up to a minute', { lifeMs: 300_000 }, 60_000],
    ['a minute of a longer life', { lifeMs: 300_001 }, 60_000],
    ['a minute of a day', { lifeMs: 86_400_000 }, 60_000],
    ['one and a half signing times when signing is slow', { lifeMs: 60_000, signingMs: 10_000 }, 15_000],
    ['a fifth while signing takes less', { lifeMs: 60_000, signingMs: 8000 }, 12_000],
    ['half the life when signing is slower than that', { lifeMs: 10_000, signingMs: 9000 }, 5000],
    ['what the page says', { leadTimeMs: 20_000 }, 20_000],
    ['more than a minute when the page says so', { lifeMs: 3_600_000, leadTimeMs: 300_000 }, 300_000],
    ['at most half the life, whatever the page says', { leadTimeMs: 50_000 }, 30_000],
    ['at least one and a half signing times, whatever the page says', { leadTimeMs: 1000, signingMs: 4000 }, 6000],
    ['half the life of a shared URL', { shared: true }, 30_000],
    ['half the life of a shared URL that lives long', { lifeMs: 3_600_000, shared: true }, 1_800_000],
    ['nothing of no life', { lifeMs: 0 }, 0],
  ])('is %s', (_, changes, expected) => {
    expect(leadMs(timing(changes))).toBe(expected)
  })
})

describe('guardMs', () => {
  it.each<[string, Partial<RefreshTiming>, number]>([
    ['a quarter of a second at least', { sendMs: 0 }, 250],
    ['a quarter of a second up to 125 ms of send time', { sendMs: 125 }, 250],
    ['twice the send time', { sendMs: 126 }, 252],
    ['a quarter of the life at most', { lifeMs: 4000, sendMs: 3000 }, 1000],
    ['a quarter of a life below a second', { lifeMs: 800, sendMs: 0 }, 200],
  ])('is %s', (_, changes, expected) => {
    expect(guardMs(timing(changes))).toBe(expected)
  })
})

describe('spreadMs', () => {
  it.each([
    [0, 0],
    [0.5, 4925],
    [1, 9850],
  ])('with chance %d of 10 s left waits %d ms, leaving time to sign', (chance, expected) => {
    expect(spreadMs(10_000, timing(), () => chance)).toBe(expected)
  })

  it.each([150, 100, 0, -5000])('does not wait when %i ms are left, too few to sign in', (leftMs) => {
    expect(spreadMs(leftMs, timing(), () => 1)).toBe(0)
  })
})
