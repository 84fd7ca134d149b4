import { describe, expect, it } from 'vitest'
import { redactData } from '../../../../src/engines/vhs/redact-data.js'
import { SEED_URLS } from '../../core/seed-urls.js'

const { url } = SEED_URLS.gcoreVod
const SHOWN = 'https://demo-protected.gvideo.io/…/master.m3u8'

describe('what VHS reports', () => {
  it('loses the tokens of its URLs at any depth, and nothing else', () => {
    const metadata = {
      playlistInfo: { type: 'media', uri: url },
      segmentInfo: { uri: '360p/001.m4s', start: 2, duration: 2, isEncrypted: false },
      renditions: [{ id: '0-360p/playlist.m3u8' }, { id: `0-${url}` }],
      missing: undefined,
      nothing: null,
    }
    expect(redactData(metadata)).toEqual({
      ...metadata,
      playlistInfo: { type: 'media', uri: SHOWN },
      renditions: [{ id: '0-360p/playlist.m3u8' }, { id: `0-${SHOWN}` }],
    })
    expect(metadata.playlistInfo.uri).toBe(url)
  })

  it('keeps the name, the message and the fields of an error, even if a field refers to the error itself', () => {
    const error = Object.assign(new TypeError(`Can't read ${url}`), { code: 3, metadata: {} })
    error.metadata = { errorType: 'parser-error', error }
    const copy = redactData(error)
    expect(copy).toBeInstanceOf(Error)
    expect(copy).toMatchObject({ name: 'TypeError', message: `Can't read ${SHOWN}`, code: 3 })
    expect(copy).toHaveProperty('metadata.error', copy)
    expect(copy).toHaveProperty('metadata.errorType', 'parser-error')
  })

  it('leaves other values unchanged', () => {
    const ranges = new (class TimeRanges {})()
    const bytes = new Uint8Array(2)
    expect(redactData({ ranges, bytes })).toEqual({ ranges, bytes })
    expect((redactData({ bytes }) as { bytes: unknown }).bytes).toBe(bytes)
    expect(redactData('HLS playlist request error at URL: master.m3u8.')).toBe(
      'HLS playlist request error at URL: master.m3u8.',
    )
  })
})
