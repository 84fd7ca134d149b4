import { describe, expect, it } from 'vitest'
import { joinUrl, splitRequestUrl, splitUrl } from '../../../src/core/split-url.js'
import { SEED_URLS } from './seed-urls.js'

const join = (url: string) => {
  const split = splitUrl(url)
  return split && joinUrl(split)
}

describe('splitUrl and joinUrl', () => {
  it.each([
    ...Object.values(SEED_URLS).map(({ url }) => url),
    'HTTPS://Demo-Protected.gvideo.io:443/videos//x/~a=b*+%2f%2F/?Policy=a~b_-&x=/*#t=1',
    'https://cdn.example/',
    'https://cdn.example/film?',
    'https://cdn.example/film?a=b?c=d',
  ])('preserve every byte of %s', (url) => {
    expect(join(url)).toBe(url)
  })

  it.each([
    ['https://CDN.Example/x', 'https://cdn.example'],
    ['https://cdn.example:443/x', 'https://cdn.example'],
    ['http://cdn.example:80/x', 'http://cdn.example'],
    ['https://cdn.example:80/x', 'https://cdn.example:80'],
    ['https://cdn.example:8443/x', 'https://cdn.example:8443'],
  ])('read the origin of %s as browsers do: %s', (url, origin) => {
    expect(splitRequestUrl(url)?.origin).toBe(origin)
  })

  it.each([
    'final-2026',
    '/videos/master.m3u8',
    '//cdn.example/x',
    'ftp://cdn.example/x',
    'blob:https://site.example/4f1c',
    'javascript:alert(1)',
    'https:cdn.example/x',
    'https:///x',
    '',
  ])('do not accept %o as an absolute http(s) URL', (url) => {
    expect(splitUrl(url)).toBeUndefined()
  })

  it('treat a host without a path as its root', () => {
    expect(splitUrl('https://cdn.example')?.segments).toEqual([''])
    expect(splitUrl('https://cdn.example?token=a')?.query).toBe('token=a')
  })

  it('end the authority at a backslash, as browsers do', () => {
    expect(splitRequestUrl('https://cdn.example\\@evil.example/x')?.origin).not.toBe(
      'https://cdn.example\\@evil.example',
    )
  })
})
