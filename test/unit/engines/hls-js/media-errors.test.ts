import Hls, { type ErrorData } from 'hls.js'
import { describe, expect, it } from 'vitest'
import type { MediaFailure } from '../../../../src/engines/engine.js'
import type { HlsSession } from '../../../../src/engines/hls-js/hls-session.js'
import { watchErrors } from '../../../../src/engines/hls-js/media-errors.js'

function failureOf(data: Partial<ErrorData>): MediaFailure | undefined {
  let failure: MediaFailure | undefined
  const session: HlsSession = Object.assign(Object.create(null), {
    hls: { on: (_event: string, listener: (event: string, data: object) => void) => listener('', data) },
    Hls,
    fail: (reported: MediaFailure) => {
      failure = reported
    },
  })
  watchErrors(session, { describe: () => 'Its URL is fresh.' })
  return failure
}

describe('a fatal error of hls.js', () => {
  it('is reported without the playlists that hls.js quotes, whose relative links may be signed', () => {
    const error = new Error('media sequence mismatch 8: https://cdn.example/8.ts?token=abc\n#EXTM3U\n7.ts?token=abc')
    const { ErrorTypes, ErrorDetails } = Hls
    const data = { fatal: true, type: ErrorTypes.NETWORK_ERROR, details: ErrorDetails.LEVEL_PARSING_ERROR, error }
    expect(failureOf(data)).toEqual({
      code: 2,
      cause: new Error(
        'hls.js: levelParsingError: media sequence mismatch 8: https://cdn.example/8.ts?token=abc. Its URL is fresh.',
      ),
    })
  })
})
