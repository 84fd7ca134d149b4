import { describe, expect, it } from 'vitest'
import type { SignedSource } from '../../../src/core/signed-source.js'
import { AnswerNotes } from '../../../src/engines/answer-notes.js'

const SENT = 'https://cdn.example/videos/2675_film/bbP3uBs-rBM_HY1VfWS5-Q/1767781807/master.m3u8?token=secret'
const ASKED = SENT.replace('1767781807', '1767781747')

function read(text: string, baseUrl = ASKED): string {
  const notes = new AnswerNotes({ status: 'fresh', stats: { refusals: 2 } } as SignedSource)
  notes.read(text, baseUrl, ASKED, SENT)
  return notes.describe()
}

describe('what the plugin adds to an engine’s error', () => {
  it('is how the URL is and how often it was refused', () => {
    expect(read('#EXTM3U\n')).toBe('The signed URL is fresh; 2 requests were refused.')
  })

  it.each(['#EXTM3U', '<?xml version="1.0"?><MPD/>', '\n<MPD>'])(
    'is no more for a playlist or a manifest: %o',
    (text) => {
      expect(read(text)).not.toContain('answered')
    },
  )

  it('is that a page came in its place', () => {
    expect(read('<!doctype html><title>Log in</title>')).toBe(
      'The signed URL is fresh; 2 requests were refused. https://cdn.example/…/master.m3u8?… was answered by a page.',
    )
  })

  it('is where a redirect led, without what stands in its query', () => {
    const login = 'https://login.example/accounts/sign-in?next=bbP3uBs-rBM_HY1VfWS5-Q'
    expect(read('<html>', login)).toContain('a page, after a redirect to https://login.example/…/sign-in?….')
  })

  it.each(['', 'Not Found', '{"error":"no"}'])('is that %o is no playlist', (text) => {
    expect(read(text)).toContain('was answered by no playlist.')
  })
})
