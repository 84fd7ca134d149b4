import { describe, expect, it, vi } from 'vitest'
import { explainLack, Lacks } from '../../../src/core/lacks.js'

const SEGMENT = 'https://cdn.example/film/s3cretTokens3cretToken/seg-1.ts?token=s3cret'

function lacks() {
  let now = 1_000
  const made = new Lacks(() => now)
  const onChange = vi.fn()
  made.watch(onChange)
  return {
    made,
    onChange,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('what an engine requests in vain', () => {
  it('is counted from the first failure on, whichever file failed', () => {
    const { made, onChange, pass } = lacks()
    made.note('segment', SEGMENT, 403, true)
    pass(5_000)
    made.note('segment', 'https://cdn.example/film/seg-2.ts', 404, false)
    expect(made.longest).toEqual({
      since: 1_000,
      count: 2,
      url: 'https://cdn.example/film/seg-2.ts',
      status: 404,
      isCovered: false,
    })
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('is over when a file of that kind is served, and nobody is told of files that were never lacking', () => {
    const { made, onChange } = lacks()
    made.note('segment', SEGMENT, 200, true)
    expect(onChange).not.toHaveBeenCalled()
    made.note('segment', SEGMENT, 0, true)
    made.note('playlist', 'https://cdn.example/film/live.m3u8', 200, true)
    expect(made.longest?.status).toBe(0)
    made.note('segment', SEGMENT, 206, true)
    expect(made.longest).toBeUndefined()
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('is no playlist as long as segments are served: it is that of another rendition, or of subtitles', () => {
    const { made } = lacks()
    made.note('playlist', 'https://cdn.example/film/subtitles.m3u8', 403, true)
    made.note('segment', SEGMENT, 200, true)
    expect(made.longest).toBeUndefined()
  })

  it('is of the kind that has been lacking longest', () => {
    const { made, pass } = lacks()
    made.note('key', 'https://cdn.example/film/key', 403, true)
    pass(1_000)
    made.note('segment', SEGMENT, 403, true)
    expect(made.longest?.url).toContain('key')
  })
})

describe('its explanation', () => {
  const lack = { since: 0, count: 3, url: SEGMENT, status: 403, isCovered: true }

  it.each([
    [
      lack,
      true,
      /^The CDN refuses https:\/\/cdn\.example\/…\/seg-1\.ts\?… with 403, while it accepts the signed URL\.$/,
    ],
    [{ ...lack, isCovered: false }, true, /no signature covers it: see `covers` and `scope`\.$/],
    [{ ...lack, status: 404 }, false, /seg-1\.ts\?… failed 3 times, with 404\.$/],
    [{ ...lack, status: 0 }, false, /without a readable status\.$/],
  ])('says what was seen, and holds no token', (seen, isRefused, text) => {
    expect(explainLack(seen, isRefused)).toMatch(text)
    expect(explainLack(seen, isRefused)).not.toContain('s3cret')
  })
})
