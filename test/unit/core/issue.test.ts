import { describe, expect, it } from 'vitest'
import {
  following,
  guardMs,
  type Issue,
  leadMs,
  limitsOf,
  type RefreshTiming,
  spreadMs,
  toIssue,
} from '../../../src/core/issue.js'
import { START_AT } from '../../support/fake-time.js'

const timing = (changes: Partial<RefreshTiming> = {}): RefreshTiming => ({
  lifeMs: 60_000,
  signingMs: 100,
  sendMs: 50,
  leadTimeMs: undefined,
  isShared: false,
  isFirst: false,
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
    ['half the life of the first URL', { isFirst: true }, 30_000],
    ['half the life of the first URL, up to five minutes', { isFirst: true, lifeMs: 600_001 }, 300_000],
    ['what the page sets, for the first URL too', { isFirst: true, leadTimeMs: 20_000 }, 20_000],
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

/** An issue that was requested at `sentAt` and lives for `lifeMs`. */
function issue(sentAt: number, lifeMs: number, isAdopted = false): Issue {
  const times = { serverTime: undefined, expiresAt: undefined, expiresInMs: lifeMs }
  const answer = { url: 'https://cdn.example/film/master.m3u8', type: undefined, covers: undefined, ...times }
  return toIssue({ answer, sentAt, receivedAt: sentAt, isAdopted }, { skew: 0, now: () => sentAt })
}

describe('limitsOf', () => {
  const pace = { signingMs: 100, sendMs: 50, leadTimeMs: undefined }

  it('is when an issue is due, and when it is expired', () => {
    expect(limitsOf(issue(START_AT, 59_999), 0, pace)).toEqual({
      dueAt: START_AT + 29_999.5,
      expiredAt: START_AT + 59_749,
    })
  })

  it('is no sooner due than the rest after a failure is over', () => {
    const restUntil = START_AT + 50_000
    expect(limitsOf({ ...issue(START_AT, 59_999), restUntil }, 0, pace)?.dueAt).toBe(restUntil)
  })

  it('is unknown without an expiry, and for one that can’t be right', () => {
    expect(limitsOf({ ...issue(START_AT, 59_999), measuredEndsAt: undefined, expiresAt: undefined }, 0, pace)).toBe(
      undefined,
    )
    expect(limitsOf({ ...issue(START_AT, 59_999), isDoubtful: true }, 0, pace)).toBe(undefined)
  })
})

describe('following', () => {
  const moment = { isSame: false, hasFailed: false, skew: 0, now: START_AT }
  const first = issue(START_AT, 60_001)

  it.each([
    ['lives as long', 60_001, false],
    ['lives 2 s less, as whole seconds and clocks explain', 58_001, false],
    ['lives over 2 s less', 58_000, true],
    ['lives over 2 s more', 62_002, true],
  ])('a URL that %s', (_, lifeMs, isShared) => {
    expect(following(issue(START_AT + 50_000, lifeMs), first, moment)).toMatchObject({ isShared, livesVary: isShared })
  })

  it('takes all later URLs for shared, once two have lived for different times', () => {
    const second = following(issue(START_AT + 50_000, 45_001), first, moment)
    expect(following(issue(START_AT + 90_000, 45_001), second, moment)).toMatchObject({ isShared: true })
  })

  it('concludes nothing from a URL that was signed into the page', () => {
    const adopted = issue(START_AT, 40_001, true)
    expect(following(issue(START_AT + 30_000, 60_001), adopted, moment)).toMatchObject({ isShared: false })
  })

  it('is a first one again only after a failure', () => {
    const second = issue(START_AT + 50_000, 60_001)
    expect(first.isFirst).toBe(true)
    expect(following(second, first, moment).isFirst).toBe(false)
    expect(following(second, first, { ...moment, hasFailed: true }).isFirst).toBe(true)
  })
})
