import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameOf, withDirectivesOf, withoutDirectives } from '../../src/core/coverage/directives.js'
import { HlsLinkTable } from '../../src/core/coverage/hls-link-table.js'
import { leftOut, playlistLinks, withLinks } from '../../src/core/coverage/hls-links.js'
import { IssueCoverage } from '../../src/core/coverage/issue-coverage.js'
import { MpdLinkTable } from '../../src/core/coverage/mpd-link-table.js'
import { mpdFiles, valuesIn, withMpdLinks } from '../../src/core/coverage/mpd-links.js'
import { decodeEntities, encodeEntities } from '../../src/core/coverage/xml-tags.js'
import { SignedUrlError } from '../../src/core/errors.js'
import { readExpiry } from '../../src/core/expiry/index.js'
import { LivePlaylists } from '../../src/core/live-playlists.js'
import { redact, redactText } from '../../src/core/redact.js'
import { readAnswer } from '../../src/core/signing/answer.js'
import { readRequest } from '../../src/signers/endpoint-request.js'

/*
 * Whatever a server, a CDN or a viewer sends: nothing throws but the documented errors, and nothing takes quadratic time.
 * `npm run test:fuzz` tries fifty times as many inputs. fast-check prints the seed of an input that fails.
 */

const RUNS = Number(process.env.FUZZ ?? 1)
const check = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>, numRuns: number) =>
  fc.assert(property, { numRuns: numRuns * RUNS })

/** Texts made of pieces that a reader looks for, in any order, and of anything in between. */
const madeOf = (...pieces: string[]) =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 4 }), anyText), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''))
/** With lone surrogates and control characters. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes))

const URL_PIECES = [
  ...[
    'https://',
    'http://',
    '//',
    'cdn.example',
    ':443',
    'user:pass@',
    '/',
    '..',
    '.',
    '%2e',
    '\\',
    '?',
    '&',
    '=',
    '#',
  ],
  ...['film', 'master.m3u8', '000.ts', 'token=', 'exp=1767781867', '~hmac=', 'expires=1767781867', 'md5=', 'Policy='],
  ...['Signature=', 'pushr=', '_HLS_msn=4', '_HLS_skip=YES', 'CMCD=bl', 'eyJ', '.', '1767781867', 'video_123'],
]
const HLS_PIECES = [
  ...[
    '#EXTM3U',
    '\n',
    '\r\n',
    '\n',
    '#EXTINF:',
    '2.0,',
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-MEDIA-SEQUENCE:',
    '7',
    '99999999999',
  ],
  ...[
    '#EXT-X-SKIP:',
    'SKIPPED-SEGMENTS=',
    '#EXT-X-KEY:METHOD=AES-128,',
    'URI="',
    '"',
    ',',
    '#EXT-X-PART:',
    'DURATION=0.5',
  ],
  ...[
    '#EXT-X-TARGETDURATION:',
    '#EXT-X-ENDLIST',
    '#EXT-X-DISCONTINUITY-SEQUENCE:',
    '000.ts',
    '?exp=1',
    '#',
    ' ',
    'https://cdn.example/',
  ],
]
const MPD_PIECES = [
  ...[
    '<MPD>',
    '</MPD>',
    '<Period id="1">',
    '</Period>',
    '<AdaptationSet>',
    '</AdaptationSet>',
    '<Representation ',
    'id="v"',
  ],
  ...[
    '>',
    '/>',
    '</Representation>',
    '<BaseURL>',
    '</BaseURL>',
    '<Location>',
    '</Location>',
    '<SegmentTemplate ',
    'media="',
  ],
  ...[
    '$Number$',
    '$Number%05d$',
    '$Time$',
    '$RepresentationID$',
    '$$',
    'initialization=',
    '"',
    "'",
    '<SegmentURL ',
    '<SegmentList>',
  ],
  ...[
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '&amp;',
    '&#x41;',
    '&#x110000;',
    '&constructor;',
    '&',
    ';',
    'https://cdn.example/',
  ],
]
const anyUrl = madeOf(...URL_PIECES)
const anyPlaylist = madeOf(...HLS_PIECES).map((text) => `#EXTM3U\n${text}`)
const anyMpd = madeOf(...MPD_PIECES).map((text) => `<MPD>${text}`)
const SIGNED = 'https://cdn.example/film/master.m3u8?exp=1767781867'

describe('an answer of the endpoint', () => {
  const rules = { baseUrl: 'https://site.example/api', allowedOrigins: undefined, isSecurePage: true }
  const odd = fc.oneof(
    fc.anything({ maxDepth: 1, withBigInt: true, withDate: true, withNullPrototype: true }),
    anyUrl,
    fc.constantFrom(SIGNED, '2026-01-07T10:40:07Z', '/film/', new Date(Number.NaN), -0, 1e300, Symbol.iterator),
  )

  it('is read, or refused as signed-url-invalid', () => {
    const fields = { url: odd, expiresAt: odd, expiresIn: odd, serverTime: odd, type: odd, covers: odd }
    const answer = fc.oneof(
      odd,
      fc.record(fields, { requiredKeys: [] }),
      fc.record({ ...fields, url: fc.constant(SIGNED) }),
    )
    check(
      fc.property(answer, (given) => {
        try {
          expect(readAnswer(given, rules).url).toMatch(/^https:/i)
        } catch (error) {
          if (!(error instanceof SignedUrlError)) throw error
          expect(error.code).toBe('signed-url-invalid')
        }
      }),
      400,
    )
  })
})

describe('a playlist', () => {
  it('keeps every byte but its links, which stand where they are said to', () => {
    check(
      fc.property(anyPlaylist, (text) => {
        const links = playlistLinks(text)
        for (const { uri, at } of links) expect(text.slice(at, at + uri.length)).toBe(uri)
        expect(withLinks(text, links, ({ uri }) => uri)).toBe(text)
        const marked = withLinks(text, links, ({ uri }) => `${uri}!`)
        expect(marked.length).toBe(text.length + links.length)
        leftOut(text)
      }),
      300,
    )
  })

  it.each([
    ['HLS', HlsLinkTable, anyPlaylist],
    ['DASH', MpdLinkTable, anyMpd],
  ] as const)('of any text, version after version, has links or none: %s', (_, LinkTable, anyVersion) => {
    check(
      fc.property(fc.array(anyVersion, { maxLength: 4 }), anyUrl, (versions, url) => {
        const table = new LinkTable()
        for (const text of versions) {
          if (!table.take(text, SIGNED)) continue
          expect(typeof table.hand(text, SIGNED)).toBe('string')
          for (const asked of [...table.samples(), url, SIGNED]) {
            const successor = table.successorOf(asked)
            if (successor) expect(URL.canParse(successor.url)).toBe(true)
            table.knows(asked)
            table.isLocation(asked)
          }
        }
      }),
      150,
    )
  })

  it('of any text stands still or not', () => {
    check(
      fc.property(fc.array(anyPlaylist, { maxLength: 4 }), (versions) => {
        const live = new LivePlaylists()
        for (const [index, text] of versions.entries()) live.standsStill(SIGNED, text, index * 10_000, 'issue')
      }),
      100,
    )
  })
})

describe('an MPD', () => {
  it('keeps every byte but its links', () => {
    check(
      fc.property(anyMpd, (text) => {
        expect(withMpdLinks(text, ({ uri }) => uri)).toBe(text)
        for (const { url } of mpdFiles(text, SIGNED)) expect(typeof url).toBe('string')
      }),
      300,
    )
  })

  it('has entities that come back as they were', () => {
    check(
      fc.property(fc.oneof(anyText, madeOf(...MPD_PIECES)), (text) => {
        expect(decodeEntities(encodeEntities(text))).toBe(text)
      }),
      200,
    )
    expect(decodeEntities('&constructor;&toString;&#x110000;&#0;')).toBe('&constructor;&toString;&#x110000;\0')
  })
})

describe('a URL', () => {
  it('of any text is carried, redacted and named, and its expiry read', () => {
    check(
      fc.property(fc.array(anyUrl, { minLength: 1, maxLength: 3 }), anyUrl, (issues, asked) => {
        const coverage = new IssueCoverage('film/master.m3u8')
        for (const issue of [SIGNED, ...issues]) {
          try {
            coverage.add(issue)
          } catch (error) {
            if (!(error instanceof SignedUrlError)) throw error
          }
        }
        for (const url of [asked, ...issues, `https://cdn.example/film/${asked}`]) {
          if (coverage.covers(url)) expect(typeof coverage.carry(url)).toBe('string')
          redact(url)
          redactText(`${asked} ${url}`)
          nameOf(url)
          withDirectivesOf(url, SIGNED)
          readExpiry(url)
        }
      }),
      150,
    )
  })

  it('shows no credential once it is redacted', () => {
    const secret = 'c2VjcmV0LXRva2VuLW9mLWEtdmlld2Vy'
    const where = fc.constantFrom(
      `?token=${secret}`,
      `/${secret}/film.mp4`,
      `/film.mp4?a=b&${secret}`,
      `/${secret}.mp4#t`,
    )
    check(
      fc.property(where, anyText, (path, noise) => {
        expect(redact(`https://cdn.example${path}`)).not.toContain(secret)
        expect(redactText(`${noise} https://cdn.example${path} ${noise}`)).not.toContain(secret)
      }),
      100,
    )
  })
})

it('a request to the signing endpoint is read, or rejected with a sentence', async () => {
  const rules = { allowedHosts: ['cdn.example'], anyResource: false }
  const body = fc.oneof(
    fc.json(),
    anyText,
    anyUrl.map((resource) => JSON.stringify({ resource })),
  )
  await fc.assert(
    fc.asyncProperty(body, anyUrl, async (text, resource) => {
      const site = 'https://site.example/api'
      for (const request of [
        new Request(site, { method: 'POST', body: text }),
        new Request(`${site}?${new URLSearchParams({ resource })}`),
      ]) {
        const read = await readRequest(request, rules)
        if ('error' in read) expect(read).toEqual({ status: 400, error: expect.stringMatching(/^[A-Z].*\.$/) })
        else if ('resource' in read) expect(read.resource.split(/[/\\?#]/)).not.toContain('..')
      }
    }),
    { numRuns: 100 * RUNS },
  )
})

describe('in linear time: a hundred thousand bytes of', () => {
  // In quadratic time most would take longer than a test may.
  const LENGTH = 100_000
  const fill = (text: string) => text.repeat(LENGTH / text.length)
  const longUrl = (text: string) => `https://cdn.example/${fill(text)}`

  it.each(HLS_PIECES)('%j in a playlist', (piece) => {
    const text = `#EXTM3U\n#EXT-X-KEY:${fill(piece)}`
    const links = playlistLinks(text)
    expect(withLinks(text, links, ({ uri }) => uri)).toBe(text)
    leftOut(text)
    const table = new HlsLinkTable()
    if (table.take(text, SIGNED)) table.hand(text, SIGNED)
    new LivePlaylists().standsStill(SIGNED, text, 0, '')
  })

  it.each([...MPD_PIECES, 'a', 'a=', 'a="" ', ':', '<a>', '<a ', '&#x', 'a '])('%j in an MPD', (piece) => {
    for (const begin of ['<MPD>', '<MPD ', '<MPD><Period><AdaptationSet><Representation><SegmentTemplate ']) {
      const text = `${begin}${fill(piece)}`
      expect(withMpdLinks(text, ({ uri }) => uri)).toBe(text)
      mpdFiles(text, SIGNED)
    }
  })

  it.each([...URL_PIECES, '&_HLS_a=', '_', '%', '-'])('%j in a URL', (piece) => {
    const url = longUrl(piece)
    redact(url)
    redactText(url)
    withoutDirectives(url)
    withDirectivesOf(url, SIGNED)
    nameOf(url)
    const coverage = new IssueCoverage('film')
    coverage.add(SIGNED)
    coverage.covers(url)
  })

  it('variables in a template', () => {
    expect(valuesIn('$Number$'.repeat(40), `${'1'.repeat(2_000)}a`)).toBeUndefined()
    expect(valuesIn(`${'$Number$1'.repeat(40)}`, `${'1'.repeat(2_000)}a`)).toBeUndefined()
  })
})
