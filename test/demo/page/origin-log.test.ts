import { beforeEach, describe, expect, it } from 'vitest'
import { OriginLog } from '../../../demo/origin-log.js'
import type { LogEntry } from '../../../demo/stage.js'

const START = 1_790_000_000_000

function entry(afterMs: number, given: Partial<LogEntry>): LogEntry {
  const at = START + afterMs
  const blank = { method: 'GET', path: '720p/003.m4s', range: null, bytes: 0, reason: undefined, url: '/-', issue: 1 }
  return { ...blank, host: '127.0.0.1', at, kind: 'media', status: 200, ...given }
}

describe('OriginLog', () => {
  let log: OriginLog
  beforeEach(() => {
    log = new OriginLog('film', START, 60_000)
  })

  it('counts each request once, however often the server sends its whole log', () => {
    const entries = [entry(10, { kind: 'sign', path: 'film' }), entry(20, {}), entry(30, { status: 410 })]
    log.read(entries, START + 1000)
    entries.push(entry(1500, { status: 403 }), entry(1510, { kind: 'sign', path: 'film', status: 503 }))
    log.read(entries, START + 2000)
    log.read(entries, START + 3000)
    expect(log).toMatchObject({ signings: 2, refusals: 2 })
    expect(log.recent).toHaveLength(5)
  })

  it('ignores requests from before the page, and those for the poster', () => {
    const poster = 'film/poster.jpg'
    log.read(
      [entry(-5, { status: 403 }), entry(5, { kind: 'sign', path: poster }), entry(9, { path: 'poster.jpg' })],
      START + 1000,
    )
    expect(log).toMatchObject({ signings: 0, refusals: 0, recent: [] })
  })

  it('reads a request that was in flight again, and those after it', () => {
    log.read([entry(10, { status: 0 }), entry(20, { status: 403 })], START + 1000)
    expect(log.refusals).toBe(1)
    log.read([entry(10, { status: 403 }), entry(20, { status: 403 })], START + 2000)
    expect(log.refusals).toBe(2)
  })

  it('counts a request that follows in the same millisecond as the newest', () => {
    log.read([entry(1000, { status: 403 })], START + 1000)
    log.read([entry(1000, { status: 403 }), entry(1000, { status: 403 })], START + 2000)
    expect(log.refusals).toBe(2)
  })

  it('keeps the requests of the last minute, and counts all of them', () => {
    log.read([entry(10, { status: 403 })], START + 1000)
    log.read([entry(10, { status: 403 }), entry(70_000, {})], START + 70_500)
    expect(log.recent.map(({ at }) => at - START)).toEqual([70_000])
    expect(log.refusals).toBe(1)
  })

  it('knows the newest issue, whatever its resource', () => {
    log.read(
      [
        entry(1, { kind: 'sign', path: 'film', issue: 4 }),
        entry(2, { kind: 'sign', path: 'film/poster.jpg', issue: 5 }),
      ],
      START + 50,
    )
    expect(log.lastIssue).toBe(5)
  })
})
