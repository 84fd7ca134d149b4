import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerElementRequests } from '../../../../src/engines/service-worker/element-requests.js'
import { type CdnAnswer, CHANNEL, type PageAnswer } from '../../../../src/engines/service-worker/protocol.js'
import { FakeWorkerScope } from '../../../support/fake-worker-scope.js'
import { until } from '../../../support/until.js'
import { SIGN } from '../../core/seed-urls.js'

const OLD = SIGN.gcore(1767781867).replace('master.m3u8', '720.mp4')
const FRESH = SIGN.gcore(1767781927).replace('master.m3u8', '720.mp4')
const ADDRESS = 'https://club.example/__signed-url__/6e3b-1/film.mp4'
const RANGE = { headers: { range: 'bytes=1000-' } }
/** Headers of a part whose place in the file the CDN shows. */
const PART = { 'content-range': 'bytes 1000-1003/1004' }

/** The page's end of a conversation: `answers` in order, one for each time that it is asked. */
function pageThatSays(...answers: PageAnswer[]) {
  const heard: CdnAnswer[] = []
  const sessions: string[] = []
  const page = {
    heard,
    sessions,
    port: undefined as MessagePort | undefined,
    postMessage({ session }: { session: string }, [port]: Transferable[]) {
      if (!(port instanceof MessagePort)) throw new Error('no port')
      sessions.push(session)
      page.port = port
      const next = () => {
        const answer = answers.shift()
        if (answer) port.postMessage(answer)
      }
      port.onmessage = ({ data }: MessageEvent<CdnAnswer>) => {
        heard.push(data)
        next()
      }
      port.postMessage({})
      next()
    },
  }
  return page
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

let scope: FakeWorkerScope
beforeEach(() => {
  scope = new FakeWorkerScope()
  answerElementRequests(scope)
})
afterEach(() => {
  vi.useRealTimers()
  const { page } = scope
  if (page && 'port' in page && page.port instanceof MessagePort) page.port.close()
})

describe('a request for a video of a page', () => {
  it('is sent to the URL that the page names, with its range, and nothing that a CDN would have to allow', async () => {
    const page = pageThatSays({ url: FRESH })
    scope.page = page
    scope.answer = () => new Response('film', { status: 206, headers: PART })
    const response = await scope.request(ADDRESS, RANGE)
    expect(page.sessions).toEqual(['6e3b-1'])
    expect(scope.fetched).toEqual([
      {
        url: FRESH,
        init: { headers: { range: 'bytes=1000-' }, credentials: 'same-origin', signal: expect.any(AbortSignal) },
      },
    ])
    expect([response?.status, response?.headers.get('content-range'), await response?.text()]).toEqual([
      206,
      'bytes 1000-1003/1004',
      'film',
    ])
    await until(() =>
      expect(page.heard).toEqual([{ status: 206, tookMs: expect.any(Number), version: { length: '1004' } }]),
    )
    expect(scope.calls).toEqual(['stopped'])
  })

  it('is answered by a response without a URL, to which browsers would go by themselves', async () => {
    scope.page = pageThatSays({ url: FRESH })
    scope.answer = () => Object.defineProperty(new Response('film'), 'url', { value: FRESH })
    expect((await scope.request(ADDRESS))?.url).toBe('')
  })

  it.each([
    ['an open range', 'bytes=0-'],
    ['an open range that the server may have capped', 'bytes=1000-'],
    ['a closed range', 'bytes=1000-1003'],
    ['a suffix', 'bytes=-4'],
    ['several ranges', 'bytes=0-1,1000-1003'],
  ])('fails for %s when the CDN hides which part it sends, after the page has heard why', async (_, range) => {
    const page = pageThatSays({ url: FRESH }, { isFinal: true })
    scope.page = page
    scope.answer = () => new Response('film', { status: 206, headers: { 'content-length': '4' } })
    const response = await scope.request(ADDRESS, { headers: { range } })
    expect([response?.status, response?.headers.has('content-range'), response?.body]).toEqual([502, false, null])
    expect(page.heard).toMatchObject([{ status: 206, fault: 'rangeHidden' }])
  })

  it('gets a part without a length as it is', async () => {
    scope.page = pageThatSays({ url: FRESH })
    scope.answer = () => new Response('film', { status: 206, headers: { 'content-range': 'bytes 1000-1003/*' } })
    const response = await scope.request(ADDRESS, RANGE)
    expect([response?.status, response?.headers.get('content-range')]).toEqual([206, 'bytes 1000-1003/*'])
  })

  it('gets the whole file from a server without ranges', async () => {
    const page = pageThatSays({ url: FRESH, version: { length: '4' } })
    scope.page = page
    scope.answer = () => new Response('film', { headers: { 'content-length': '4', etag: '"a"' } })
    const response = await scope.request(ADDRESS, RANGE)
    expect([response?.status, await response?.text()]).toEqual([200, 'film'])
    await until(() => expect(page.heard).toMatchObject([{ status: 200, version: { length: '4', etag: '"a"' } }]))
  })

  it('fails at once when the file is not the one that the element has a part of', async () => {
    const page = pageThatSays({ url: FRESH, version: { length: '2008' } }, { isFinal: true })
    scope.page = page
    scope.answer = () => new Response('film', { status: 206, headers: PART })
    expect((await scope.request(ADDRESS, RANGE))?.status).toBe(412)
    expect(page.heard).toMatchObject([{ status: 206, version: { length: '1004' }, fault: 'fileChanged' }])
  })

  describe('whose connection breaks off', () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    /** A part of a file of 1008 bytes. Breaks off after `text`. */
    const broken = (start: number, text: string, headers: Record<string, string> = {}) => {
      const pieces = [...text].map(bytes)
      const body = new ReadableStream({
        pull(controller) {
          const piece = pieces.shift()
          if (piece) controller.enqueue(piece)
          else controller.error(new TypeError('network error'))
        },
      })
      return new Response(body, {
        status: 206,
        headers: { 'content-range': `bytes ${start}-1007/1008`, ...headers },
      })
    }
    /** A page that says these, conversation by conversation; each ends as one with `pageThatSays`. */
    function pageWith(...conversations: PageAnswer[][]) {
      const pages = conversations.map((answers) => pageThatSays(...answers))
      const asked = { count: 0 }
      scope.page = {
        postMessage: (message, transfer) => {
          const page = pages[asked.count]
          asked.count += 1
          page?.postMessage(message, transfer)
        },
      }
      return asked
    }
    const rest = (start: number, text: string, headers: Record<string, string> = {}) =>
      new Response(text, { status: 206, headers: { 'content-range': `bytes ${start}-1007/1008`, ...headers } })

    it('gets the rest in the same response, from the byte that it has reached, by as many URLs as it takes', async () => {
      pageWith([{ url: OLD }], [{ url: OLD }, { url: FRESH }], [{ url: FRESH }])
      const answers = [broken(1000, 'fil'), new Response(null, { status: 410 }), broken(1003, 'm, '), rest(1006, 'ab')]
      scope.answer = () => answers.shift() ?? Response.error()
      expect(await (await scope.request(ADDRESS, RANGE))?.text()).toBe('film, ab')
      expect(scope.fetched.map(({ url, init }) => [url, init.headers])).toEqual([
        [OLD, { range: 'bytes=1000-' }],
        [OLD, { range: 'bytes=1003-1007' }],
        [FRESH, { range: 'bytes=1003-1007' }],
        [FRESH, { range: 'bytes=1006-1007' }],
      ])
    })

    it('gets the rest of a whole file of a known length', async () => {
      pageWith([{ url: OLD }], [{ url: FRESH }])
      const { body } = broken(0, 'fil')
      const answers = [
        new Response(body, { headers: { 'content-length': '8' } }),
        new Response('m, ab', { status: 206, headers: { 'content-range': 'bytes 3-7/8' } }),
      ]
      scope.answer = () => answers.shift() ?? Response.error()
      expect(await (await scope.request(ADDRESS))?.text()).toBe('film, ab')
      expect(scope.fetched.map(({ init }) => init.headers)).toEqual([undefined, { range: 'bytes=3-7' }])
    })

    it.each<[string, () => Response, PageAnswer]>([
      ['is another version', () => rest(1003, 'm, ab', { etag: '"b"' }), { url: FRESH, version: { etag: '"a"' } }],
      ['starts elsewhere', () => rest(1000, 'film, ab'), { url: FRESH }],
      ['has no place', () => new Response('m, ab', { status: 206 }), { url: FRESH }],
      ['is the whole file', () => new Response('film, ab'), { url: FRESH }],
      ['is missing', () => new Response(null, { status: 404 }), { url: FRESH }],
      ['is refused for good', () => Response.error(), { isFinal: true }],
    ])('breaks off for the element, too, when the rest %s', async (_, answer, url) => {
      pageWith([{ url: OLD }], [url, { isFinal: true }])
      const answers = [broken(1000, 'fil', { etag: '"a"' }), answer()]
      scope.answer = () => answers.shift() ?? Response.error()
      const response = await scope.request(ADDRESS, RANGE)
      await expect(response?.text()).rejects.toThrow('network error')
    })

    it('is sent no more when a connection has brought nothing, so that it can’t go on for ever', async () => {
      pageWith([{ url: OLD }], [{ url: FRESH }], [{ url: FRESH }])
      const answers = [broken(1000, 'fil'), broken(1003, '')]
      scope.answer = () => answers.shift() ?? rest(1003, 'm, ab')
      const response = await scope.request(ADDRESS, RANGE)
      await expect(response?.text()).rejects.toThrow('network error')
      expect(scope.fetched).toHaveLength(2)
    })

    it('is sent no more when the element has left', async () => {
      const asked = pageWith([{ url: OLD }], [{ url: FRESH }])
      scope.answer = () => broken(1000, 'film, ab')
      const reader = (await scope.request(ADDRESS, RANGE))?.body?.getReader()
      await reader?.read()
      await reader?.cancel()
      for (let turns = 0; turns < 20; turns += 1) await turn()
      expect(asked.count).toBe(1)
    })
  })

  it('takes the credentials that `crossorigin` gives it', async () => {
    scope.page = pageThatSays({ url: FRESH })
    await scope.request(ADDRESS, { mode: 'cors', credentials: 'include' })
    expect(scope.fetched[0]?.init).toMatchObject({ credentials: 'include' })
  })

  it.each([
    ['refused', () => new Response(null, { status: 410 }), 410],
    ['not answered', () => Promise.reject(new TypeError('Failed to fetch')), 0],
  ])('that is %s is sent again to the next URL, and the element gets only that answer', async (_, answer, status) => {
    const page = pageThatSays({ url: OLD }, { url: FRESH })
    scope.page = page
    scope.answer = (url) => (url === OLD ? answer() : new Response('film'))
    const response = await scope.request(ADDRESS, RANGE)
    expect(await response?.text()).toBe('film')
    expect(scope.fetched.map(({ url, init }) => [url, init.headers])).toEqual([
      [OLD, { range: 'bytes=1000-' }],
      [FRESH, { range: 'bytes=1000-' }],
    ])
    await until(() => expect(page.heard.map((one) => one.status)).toEqual([status, 200]))
  })

  it.each([404, 416, 503])('that the CDN answers %i to gets that, when the page has no better URL', async (status) => {
    scope.page = pageThatSays({ url: FRESH }, { isFinal: true })
    scope.answer = () => new Response(null, { status })
    expect((await scope.request(ADDRESS))?.status).toBe(status)
  })

  it('fails when the CDN does not answer and the page has no better URL', async () => {
    scope.page = pageThatSays({ url: FRESH }, { isFinal: true })
    scope.answer = () => Promise.reject(new TypeError('Failed to fetch'))
    expect((await scope.request(ADDRESS))?.type).toBe('error')
  })

  it('fails when its session has ended', async () => {
    scope.page = pageThatSays({ isFinal: true })
    expect((await scope.request(ADDRESS))?.type).toBe('error')
    expect(scope.fetched).toEqual([])
  })

  it('fails when its page has gone, as for an address opened in its own tab', async () => {
    expect((await scope.request(ADDRESS, {}, { clientId: '' }))?.type).toBe('error')
  })

  it('fails when the page gives no sign of life', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    scope.page = { postMessage: () => {} }
    const response = scope.request(ADDRESS)
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await response)?.type).toBe('error')
  })

  it('waits as long as it takes for a page that has said that it is there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const page = pageThatSays()
    scope.page = page
    const response = scope.request(ADDRESS)
    // Its sign of life ends the wait for one.
    do await turn()
    while (page.port === undefined || vi.getTimerCount() > 0)
    await vi.advanceTimersByTimeAsync(120_000)
    page.port?.postMessage({ url: FRESH })
    expect(await (await response)?.text()).toBe('film')
  })

  it('that the element aborts ends silently: the page gets a report, and nothing counts as refused', async () => {
    const page = pageThatSays({ url: FRESH })
    scope.page = page
    const element = new AbortController()
    scope.answer = () => {
      element.abort()
      return Promise.reject(element.signal.reason)
    }
    const response = await scope.request(ADDRESS, { signal: element.signal })
    expect(response?.type).toBe('error')
    await until(() => expect(page.heard).toEqual([{}]))
  })
})

describe('what the element gets', () => {
  const headersOf = async (headers: Record<string, string>, status = 200) => {
    scope.page = pageThatSays({ url: FRESH }, { isFinal: true })
    scope.answer = () => new Response('<script>alert(1)</script>', { status, headers })
    const response = await scope.request(ADDRESS)
    return { response, headers: Object.fromEntries(response?.headers ?? []) }
  }
  const SAFE = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' }

  it.each([
    ['video/mp4', 'video/mp4'],
    ['audio/mpeg', 'audio/mpeg'],
    ['video/mp4; codecs="avc1.42E01E"', 'video/mp4; codecs="avc1.42E01E"'],
    ['application/octet-stream', 'application/octet-stream'],
    ['binary/octet-stream', 'application/octet-stream'],
    ['application/mp4', 'application/octet-stream'],
    ['text/html', 'application/octet-stream'],
    ['text/html; charset=utf-8', 'application/octet-stream'],
    ['text/javascript', 'application/octet-stream'],
    ['image/svg+xml', 'application/octet-stream'],
    ['application/xhtml+xml', 'application/octet-stream'],
    ['multipart/x-mixed-replace', 'application/octet-stream'],
    ['video/mp4, text/html', 'application/octet-stream'],
    ['text/html, video/mp4', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('keeps a type of media, and is never a page or a script: %j', async (given, type) => {
    const { headers } = await headersOf({ 'content-type': given })
    expect(headers).toEqual({ ...SAFE, 'content-type': type })
  })

  it('has no header that acts on the site', async () => {
    const acting = { 'clear-site-data': '"*"', refresh: '0;url=https://evil.example/', link: '<https://evil.example>' }
    const media = { 'content-type': 'video/mp4', etag: '"1"', 'cache-control': 'no-store' }
    expect((await headersOf({ ...acting, ...media })).headers).toEqual({ ...SAFE, ...media })
  })

  it('has nothing of the CDN’s error page', async () => {
    const { response, headers } = await headersOf({ 'content-type': 'text/html' }, 404)
    expect([response?.status, await response?.text(), headers]).toEqual([
      404,
      '',
      { ...SAFE, 'content-type': 'application/octet-stream' },
    ])
  })
})

describe('any other request', () => {
  it.each([
    'https://club.example/film.mp4',
    'https://club.example/__signed-url__/',
    'https://club.example/__signed-url__/6e3b-1',
    'https://club.example/__signed-url__/6e3b-1/',
    'https://club.example/__signed-url__/6e3b-1/film.mp4?download',
    'https://club.example/__signed-url__/6e3b-1/a/film.mp4',
    'https://club.example/blog/__signed-url__/6e3b-1/film.mp4',
    'https://club.example.evil.example/__signed-url__/6e3b-1/film.mp4',
    'https://cdn.example/__signed-url__/6e3b-1/film.mp4',
  ])('%s passes untouched', (url) => {
    expect(scope.request(url)).toBeUndefined()
    expect(scope.calls).toEqual([])
  })

  it.each([
    ['a script', '', {}],
    ['a script that asks for the headers', '', { method: 'HEAD' }],
    ['a script that asks for several ranges', '', { headers: { range: 'bytes=0-1,1000-1003' } }],
    ['a new tab', 'document', {}],
    ['an image', 'image', {}],
    ['another worker', 'worker', {}],
  ])('for the address of a video by %s passes untouched', (_, destination, init) => {
    expect(scope.request(ADDRESS, init, { destination })).toBeUndefined()
    expect(scope.calls).toEqual([])
  })
})

describe('a message of the page', () => {
  const ports: MessagePort[] = []
  afterEach(() => {
    for (const port of ports.splice(0)) port.close()
  })

  /** Opens a line for `session`. Returns what comes on it. */
  async function openLine(session: string): Promise<{ heard: unknown[]; line: MessagePort }> {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    const heard: unknown[] = []
    port1.onmessage = ({ data, ports: [page] }) => {
      heard.push(data)
      if (!page) return
      ports.push(page)
      page.postMessage({})
      page.postMessage({ url: FRESH })
    }
    scope.message({ channel: CHANNEL, call: 'hello', session }, port2)
    await until(() => expect(heard).toEqual([{}]))
    return { heard, line: port1 }
  }

  it('hello opens a line, by which the requests of its session come and no others', async () => {
    const { heard } = await openLine('6e3b-1')
    const page = pageThatSays({ url: OLD })
    scope.page = page
    expect(await (await scope.request(ADDRESS))?.text()).toBe('film')
    await scope.request(ADDRESS.replace('6e3b-1', 'other'))
    expect(heard).toEqual([{}, { channel: CHANNEL, session: '6e3b-1' }])
    expect([page.sessions, scope.fetched.map(({ url }) => url)]).toEqual([['other'], [FRESH, OLD]])
  })

  it('hello opens no line for another page of the site, which is asked for the URL itself', async () => {
    const { heard } = await openLine('6e3b-1')
    const response = await scope.request(ADDRESS, {}, { clientId: 'another page' })
    expect(response?.type).toBe('error')
    expect([heard, scope.fetched]).toEqual([[{}], []])
  })

  it('on a line ends its session', async () => {
    const { heard, line } = await openLine('6e3b-1')
    const page = pageThatSays({ isFinal: true })
    scope.page = page
    line.postMessage({})
    await until(async () => {
      await scope.request(ADDRESS)
      expect(page.sessions).toContain('6e3b-1')
    })
    expect(heard.length).toBeLessThanOrEqual(2)
  })

  it('hello without a session only wakes it', () => {
    scope.message({ channel: CHANNEL, call: 'hello' })
    expect(scope.calls).toEqual(['stopped'])
  })

  it('claim has it control the pages that it does not yet', () => {
    scope.message({ channel: CHANNEL, call: 'claim' })
    expect(scope.calls).toEqual(['stopped', 'claim'])
  })

  it.each([null, 'hello', { call: 'claim' }, { channel: 'another', call: 'claim' }])(
    'that is not ours, %j, goes on to the site’s own listeners',
    (data) => {
      scope.message(data)
      expect(scope.calls).toEqual([])
    },
  )
})
