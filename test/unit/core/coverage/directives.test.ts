import { describe, expect, it } from 'vitest'
import { withDirectivesOf, withoutDirectives } from '../../../../src/core/coverage/directives.js'

const LIVE = 'https://cdn.example/live.m3u8'

describe('the delivery directives that a player adds to the URL of a live playlist', () => {
  it.each([
    [`${LIVE}?_HLS_msn=7`, LIVE],
    [`${LIVE}?_HLS_msn=7&_HLS_part=2&_HLS_skip=YES`, LIVE],
    [`${LIVE}?token=a%2Fb&_HLS_msn=7`, `${LIVE}?token=a%2Fb`],
    [`${LIVE}?_HLS_msn=7&token=a%2Fb&x`, `${LIVE}?token=a%2Fb&x`],
    [`${LIVE}?a=1&_HLS_msn=7&b=2#t`, `${LIVE}?a=1&b=2#t`],
    [`${LIVE}?a=1`, `${LIVE}?a=1`],
  ])('are removed from %s', (url, bare) => {
    expect(withoutDirectives(url)).toBe(bare)
  })

  it.each([
    [`${LIVE}?token=old&_HLS_msn=7&_HLS_part=2`, `${LIVE}?token=new`, `${LIVE}?token=new&_HLS_msn=7&_HLS_part=2`],
    [`${LIVE}?_HLS_msn=7`, LIVE, `${LIVE}?_HLS_msn=7`],
    [`${LIVE}?_HLS_skip=YES`, `${LIVE}#t`, `${LIVE}?_HLS_skip=YES#t`],
    [`${LIVE}?token=old`, `${LIVE}?token=new`, `${LIVE}?token=new`],
  ])('are copied from %s to %s', (requested, signed, url) => {
    expect(withDirectivesOf(requested, signed)).toBe(url)
  })
})
