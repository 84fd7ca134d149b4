import { describe, expect, it } from 'vitest'
import { faultOf, versionOf } from '../../../../src/engines/service-worker/file-version.js'
import type { FileVersion } from '../../../../src/engines/service-worker/protocol.js'

const answer = (status: number, headers: Record<string, string>) => new Response(null, { status, headers })
const part = (headers: Record<string, string> = {}, total = '5000') =>
  answer(206, { 'content-range': `bytes 0-999/${total}`, 'content-length': '1000', ...headers })

describe('the version of a file', () => {
  it.each<[string, Response, FileVersion]>([
    ['a part', part(), { length: '5000' }],
    ['a part without a total', part({}, '*'), {}],
    ['a part whose place is hidden', answer(206, { 'content-length': '1000' }), {}],
    ['the whole file', answer(200, { 'content-length': '5000' }), { length: '5000' }],
    ['the whole file in chunks', answer(200, {}), {}],
    [
      'dates and tags',
      part({ etag: '"a"', 'last-modified': 'Mon, 05 Jan 2026 10:00:00 GMT' }),
      { length: '5000', etag: '"a"', modified: 'Mon, 05 Jan 2026 10:00:00 GMT' },
    ],
  ])('is read from %s', (_, response, version) => {
    expect(versionOf(response)).toEqual(version)
  })

  const MONDAY = { 'last-modified': 'Mon, 05 Jan 2026 10:00:00 GMT' }
  const TUESDAY = 'Tue, 06 Jan 2026 10:00:00 GMT'
  it.each<[string, Response, FileVersion, boolean]>([
    ['nothing is known yet', part({ etag: '"a"' }), {}, false],
    ['all is equal', part({ etag: '"a"', ...MONDAY }), versionOf(part({ etag: '"a"', ...MONDAY })), false],
    ['the length differs', part(), { length: '4999' }, true],
    ['the length differs, with one tag', part({ etag: '"a"' }), { length: '4999', etag: '"a"' }, true],
    ['the tag differs', part({ etag: '"a"' }), { length: '5000', etag: '"b"' }, true],
    ['the tag is weak in one of them', part({ etag: 'W/"a"' }), { etag: '"a"' }, false],
    ['the date differs, with one tag', part({ etag: '"a"', ...MONDAY }), { etag: '"a"', modified: TUESDAY }, false],
    ['the date differs, without tags', part(MONDAY), { modified: TUESDAY }, true],
    ['the date differs, and only one has a tag', part({ etag: '"a"', ...MONDAY }), { modified: TUESDAY }, true],
    ['they have nothing in common', part({ etag: '"a"' }), { modified: TUESDAY }, false],
    ['the whole file comes, with another length', answer(200, { 'content-length': '7' }), { length: '5000' }, true],
    ['a refusal has another length', answer(403, { 'content-length': '7' }), { length: '5000' }, false],
  ])('is compared: when %s', (_, response, known, isOther) => {
    expect(faultOf(response, known)).toBe(isOther ? 'fileChanged' : undefined)
  })
})

describe('a response without a readable Content-Range', () => {
  it.each([
    [206, 'rangeHidden'],
    [200, undefined],
    [416, undefined],
  ])('with status %i is %s', (status, fault) => {
    expect(faultOf(answer(status, { 'content-length': '1000' }))).toBe(fault)
  })
})
