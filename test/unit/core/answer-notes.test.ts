import { describe, expect, it } from 'vitest'
import { AnswerNotes } from '../../../src/core/answer-notes.js'
import type { Signature } from '../../../src/core/signature.js'

const SENT = 'https://cdn.example/videos/2675_film/bbP3uBs-rBM_HY1VfWS5-Q/1767781807/master.m3u8?token=secret'
const REQUESTED = SENT.replace('1767781807', '1767781747')

function read(text: string, baseUrl = REQUESTED): string {
  const notes = new AnswerNotes({ status: 'fresh', settings: { stats: { refusals: 2 } } } as Signature)
  notes.read({ text, baseUrl, askedUrl: REQUESTED, sentUrl: SENT })
  return notes.describe()
}

describe('the note that the plugin adds to an engine’s error', () => {
  it('gives the state of the URL and the number of refused requests', () => {
    expect(read('#EXTM3U\n')).toBe('The signed URL is fresh; 2 requests were refused.')
  })

  it.each(['#EXTM3U', '<?xml version="1.0"?><MPD/>', '\n<MPD>'])(
    'gives nothing else for a playlist or a manifest: %o',
    (text) => {
      expect(read(text)).not.toContain('answered')
    },
  )

  it('says that a page was served instead', () => {
    expect(read('<!doctype html><title>Log in</title>')).toBe(
      'The signed URL is fresh; 2 requests were refused. https://cdn.example/…/master.m3u8?… was answered by a page.',
    )
  })

  it('says where a redirect led, without its query', () => {
    const login = 'https://login.example/accounts/sign-in?next=bbP3uBs-rBM_HY1VfWS5-Q'
    expect(read('<html>', login)).toContain('a page, after a redirect to https://login.example/…/sign-in?….')
  })

  it.each(['', 'Not Found', '{"error":"no"}'])('says that %o is not a playlist', (text) => {
    expect(read(text)).toContain('was answered by no playlist.')
  })
})
