import { describe, expect, it } from 'vitest'
import { guardMs, leadMs, type RefreshTiming, spreadMs } from '../../../src/core/issue.js'

const timing = (changes: Partial<RefreshTiming> = {}): RefreshTiming => ({
  lifeMs: 60_000,
  signingMs: 100,
  sendMs: 50,
  leadTimeMs: undefined,
  isShared: false,
  ...changes,
})

describe('leadMs', () => {
  it.each<[string, Partial<RefreshTiming>, number]>([
    ['a fifth of the life', { lifeMs: 60_000 }, 12_000],
    ['a fifth of the life, up to a minute', { lifeMs: 300_000 }, 60_000],
    ['a minute when the life is longer', { lifeMs: 300_001 }, 60_000],
    ['a minute when the life is a day', { lifeMs: 86_400_000 }, 60_000],
    ['1.5 times the signing time when signing is slow', { lifeMs: 60_000, signingMs: 10_000 }, 15_000],
    ['a fifth of the life while signing takes less', { lifeMs: 60_000, signingMs: 8000 }, 12_000],
    ['half the life when signing is even slower', { lifeMs: 10_000, signingMs: 9000 }, 5000],
    ['what the page sets', { leadTimeMs: 20_000 }, 20_000],
    ['more than a minute when the page sets it', { lifeMs: 3_600_000, leadTimeMs: 300_000 }, 300_000],
    ['at most half the life, whatever the page sets', { leadTimeMs: 50_000 }, 30_000],
    ['at least 1.5 times the signing time, whatever the page sets', { leadTimeMs: 1000, signingMs: 4000 }, 6000],
    ['half the life of a shared URL', { isShared: true }, 30_000],
    ['half the life of a long-lived shared URL', { lifeMs: 3_600_000, isShared: true }, 1_800_000],
    ['zero when the life is zero', { lifeMs: 0 }, 0],
  ])('is %s', (_, changes, expected) => {
    expect(leadMs(timing(changes))).toBe(expected)
  })
})

describe('guardMs', () => {
  it.each<[string, Partial<RefreshTiming>, number]>([
    ['at least a quarter of a second', { sendMs: 0 }, 250],
    ['a quarter of a second for send times up to 125 ms', { sendMs: 125 }, 250],
    ['twice a longer send time', { sendMs: 126 }, 252],
    ['at most a quarter of the life', { lifeMs: 4000, sendMs: 3000 }, 1000],
    ['a quarter of a life shorter than a second', { lifeMs: 800, sendMs: 0 }, 200],
  ])('is %s', (_, changes, expected) => {
    expect(guardMs(timing(changes))).toBe(expected)
  })
})

describe('spreadMs', () => {
  it.each([
    [0, 0],
    [0.5, 4925],
    [1, 9850],
  ])('at chance %d waits %d ms of the 10 s left, leaving time to sign', (chance, expected) => {
    expect(spreadMs(10_000, timing(), () => chance)).toBe(expected)
  })

  it.each([150, 100, 0, -5000])('does not wait when only %i ms are left, too little time to sign', (leftMs) => {
    expect(spreadMs(leftMs, timing(), () => 1)).toBe(0)
  })
})
