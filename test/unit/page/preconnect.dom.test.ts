import { afterEach, describe, expect, it, vi } from 'vitest'
import { preconnect, rememberOrigin } from '../../../src/page/preconnect.js'

const links = () =>
  [...document.querySelectorAll('link')].map((link) => [
    link.rel,
    new URL(link.href).origin,
    link.getAttribute('crossorigin'),
  ])
const life = new AbortController()

afterEach(() => {
  vi.unstubAllGlobals()
  document.head.innerHTML = ''
  localStorage.clear()
})

describe('preconnect', () => {
  it('connects to the origin that is known, as the request will be sent', () => {
    preconnect('anonymous', life.signal, 'https://cdn.example')
    preconnect('use-credentials', life.signal, 'https://cookie.example')
    preconnect('element', life.signal, 'https://files.example')
    expect(links()).toEqual([
      ['preconnect', 'https://cdn.example', 'anonymous'],
      ['preconnect', 'https://cookie.example', 'use-credentials'],
      ['preconnect', 'https://files.example', null],
    ])
  })

  it('connects to the one of the last visit where none is known', () => {
    preconnect('anonymous', life.signal)
    expect(links()).toEqual([])
    rememberOrigin('https://cdn.example')
    preconnect('anonymous', life.signal)
    expect(links()).toEqual([['preconnect', 'https://cdn.example', 'anonymous']])
  })

  it('takes its link away when the source ends', () => {
    const source = new AbortController()
    preconnect('anonymous', source.signal, 'https://cdn.example')
    source.abort()
    expect(links()).toEqual([])
  })

  it('does nothing for the page’s own origin, and without a storage', () => {
    preconnect('anonymous', life.signal, location.origin)
    vi.stubGlobal('localStorage', {
      getItem() {
        throw new DOMException('blocked', 'SecurityError')
      },
    })
    expect(() => rememberOrigin('https://cdn.example')).not.toThrow()
    expect(() => preconnect('anonymous', life.signal)).not.toThrow()
    expect(links()).toEqual([])
  })
})
