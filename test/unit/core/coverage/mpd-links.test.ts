import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { MpdLinkTable } from '../../../../src/core/coverage/mpd-link-table.js'
import { fillTemplate, mpdFiles, valuesIn, withMpdLinks } from '../../../../src/core/coverage/mpd-links.js'

/** VHS's own parser. */
const { parse } = createRequire(import.meta.url)('mpd-parser') as {
  parse(text: string, options: { manifestUri: string }): Playlists
}
interface Segment {
  readonly resolvedUri: string
  readonly map?: { readonly resolvedUri: string }
}
interface Playlist {
  readonly segments: readonly Segment[]
  readonly sidx?: { readonly resolvedUri: string }
}
interface Playlists {
  readonly playlists: readonly Playlist[]
  readonly mediaGroups: {
    readonly AUDIO: Record<string, Record<string, { readonly playlists: readonly Playlist[] }>>
  }
}

const MPD_URL = 'https://cdn.example/dash/film.mpd?hdnts=exp=1767781807'
const HEAD =
  '<?xml version="1.0"?>\n<!-- <Period> --><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S">'
const SET = '<AdaptationSet mimeType="video/mp4" codecs="avc1.4D401E" contentType="video">'
const TIMELINE = '<SegmentTimeline><S t="0" d="2000" r="3"/></SegmentTimeline>'

const MPDS: Readonly<Record<string, string>> = {
  'templates of each Representation': `${HEAD}<Period>${SET}
    <Representation id="v0" bandwidth="1000"><SegmentTemplate timescale="1000" duration="2000" startNumber="1" initialization="init-$RepresentationID$.m4s?hdnts=exp=1~hmac=ab" media="chunk-$RepresentationID$-$Number%05d$.m4s?hdnts=exp=1~hmac=ab"/></Representation>
    <Representation id="v1" bandwidth="2000"><SegmentTemplate timescale="1000" duration="2000" startNumber="1" initialization="init-$RepresentationID$.m4s?a=1&amp;b=2" media="chunk-$RepresentationID$-$Number%05d$.m4s?a=1&amp;b=2"/></Representation>
    </AdaptationSet></Period></MPD>`,
  'a template that all Representations inherit': `${HEAD}<Period><BaseURL>p1/</BaseURL>${SET}
    <SegmentTemplate timescale="1000" initialization='$RepresentationID$/$Bandwidth$/init.mp4' media='$RepresentationID$/$Bandwidth$/$Time$.m4s?t=x'>${TIMELINE}</SegmentTemplate>
    <Representation id="a.b+c" bandwidth="1000"/><Representation id="v1" bandwidth="2000"><BaseURL>deep/</BaseURL></Representation>
    </AdaptationSet></Period></MPD>`,
  'several Periods': `${HEAD.replace('PT8S', 'PT16S')}<BaseURL>/t/Hh3sZ1yX9vQmP0aLk2TfUw/1767781807/</BaseURL>
    ${[1, 2].map((n) => `<Period id="p${n}" duration="PT8S"><BaseURL>ad${n}/</BaseURL>${SET}<Representation id="v" bandwidth="1"><SegmentTemplate timescale="1000" initialization="i.mp4?n=${n}" media="s$Number$.m4s?n=${n}">${TIMELINE}</SegmentTemplate></Representation></AdaptationSet></Period>`).join('')}</MPD>`,
  'lists of segments': `${HEAD}<Period>${SET}<Representation id="v" bandwidth="1"><SegmentList timescale="1000" duration="2000">
    <Initialization sourceURL="init.mp4?t=0"/>${[1, 2, 3, 4].map((n) => `<SegmentURL media="seg-${n}.m4s?t=${n}"/>`).join('\n')}</SegmentList></Representation></AdaptationSet></Period></MPD>`,
  'one file with an index': `${HEAD}<Period>${SET}<Representation id="v" bandwidth="1"><BaseURL>v.mp4?hdnts=exp=1~hmac=ab</BaseURL><SegmentBase indexRange="800-1000"><Initialization range="0-799"/></SegmentBase></Representation></AdaptationSet></Period></MPD>`,
  'absolute addresses on another host': `${HEAD}<BaseURL>https://media.example/x/</BaseURL><Period>${SET}<Representation id="v" bandwidth="1"><SegmentTemplate timescale="1000" initialization="https://init.example/i.mp4?t=1" media="../y/s$Number$.m4s?t=1">${TIMELINE}</SegmentTemplate></Representation></AdaptationSet></Period></MPD>`,
}

/** The URLs that VHS requests because of an MPD. */
function requestedBy(mpd: string): string[] {
  const { playlists, mediaGroups } = parse(mpd, { manifestUri: MPD_URL })
  const audio = Object.values(mediaGroups.AUDIO ?? {}).flatMap((group) =>
    Object.values(group).flatMap((one) => one.playlists),
  )
  const urls = [...playlists, ...audio].flatMap(({ segments, sidx }) => [
    ...segments.flatMap(({ resolvedUri, map }) => [resolvedUri, ...(map ? [map.resolvedUri] : [])]),
    ...(sidx ? [sidx.resolvedUri] : []),
  ])
  return [...new Set(urls)]
}

describe('the files of an MPD', () => {
  it.each(Object.entries(MPDS))('are those that VHS requests: %s', (_title, mpd) => {
    const files = mpdFiles(mpd, MPD_URL)
    const requested = requestedBy(mpd)
    expect(requested.length).toBeGreaterThan(0)
    for (const url of requested) {
      const found = files.flatMap(({ url: template }) => {
        const values = valuesIn(template, url)
        return values ? [fillTemplate(template, values)] : []
      })
      expect(found, `${url} in ${JSON.stringify(files)}`).toEqual([url])
    }
    expect(new Set(files.map(({ place }) => place)).size).toBe(files.length)
  })

  it('include where the MPD is to be loaded from the next time', () => {
    const mpd =
      MPDS['several Periods']?.replace('<BaseURL>', '<Location>film.mpd?hdnts=exp=2&amp;x=1</Location><BaseURL>') ?? ''
    expect(mpdFiles(mpd, MPD_URL)[0]).toEqual({
      url: 'https://cdn.example/dash/film.mpd?hdnts=exp=2&x=1',
      place: '/MPD:0/Location:0',
    })
  })

  it.each(['', '#EXTM3U\na.ts', '<html><BaseURL>x</BaseURL></html>', '<MPD', '<MPD><Period><BaseURL>x'])(
    'are none in %o',
    (text) => {
      expect(mpdFiles(text, MPD_URL)).toEqual([])
    },
  )
})

describe('the links of an MPD', () => {
  it.each(Object.entries(MPDS))('are exchanged, and every other byte stays: %s', (_title, mpd) => {
    expect(withMpdLinks(mpd, ({ uri }) => uri)).toBe(mpd)
    const places: string[] = []
    const other = withMpdLinks(mpd, ({ uri, place }) => {
      places.push(place)
      return `${uri}&new="<'>`
    })
    expect(new Set(places).size).toBe(places.length)
    const back = withMpdLinks(other, ({ uri }) => {
      expect(uri.endsWith(`&new="<'>`)).toBe(true)
      return uri.slice(0, -`&new="<'>`.length)
    })
    expect(back).toBe(mpd.replaceAll('&amp;', '&amp;'))
  })

  it('keep their places when a Period before them has gone', () => {
    const mpd = MPDS['several Periods'] ?? ''
    const later = mpd.replace(/<Period id="p1".*?<\/Period>/s, '')
    const places = (text: string) => mpdFiles(text, MPD_URL).map(({ place }) => place)
    expect(places(mpd)).toEqual(expect.arrayContaining(places(later)))
    expect(places(later)).not.toEqual([])
  })
})

describe('the links of a live MPD', () => {
  const live = (from: number, token: string, location = '') =>
    `${HEAD.replace('static', 'dynamic')}${location}<Period id="p">${SET}<Representation id="v" bandwidth="1"><SegmentList duration="2" startNumber="${from}"><Initialization sourceURL="i.mp4?t=${token}"/>${[0, 1, 2].map((n) => `<SegmentURL media="s${token}-${from + n}.m4s?t=${token}"/>`).join('')}</SegmentList></Representation></AdaptationSet></Period></MPD>`
  const at = (link: string) => new URL(link, MPD_URL).href

  it('keep their places in a list whose window slides', () => {
    const table = new MpdLinkTable()
    table.take(live(7, 'a'), MPD_URL)
    table.hand(live(7, 'a'), MPD_URL)
    table.take(live(8, 'b'), MPD_URL)
    expect(table.successorOf(at('sa-8.m4s?t=a'))?.url).toBe(at('sb-8.m4s?t=b'))
    expect(table.successorOf(at('sa-7.m4s?t=a'))).toBeUndefined()
    expect(table.successorOf(at('i.mp4?t=a'))?.url).toBe(at('i.mp4?t=b'))
  })

  it('are found where BaseURL alone holds the token', () => {
    const based = (token: string) =>
      `${HEAD}<BaseURL>/t/${token}/film/</BaseURL><Period>${SET}<Representation id="v" bandwidth="1"><SegmentTemplate timescale="1000" initialization="i.mp4" media="s$Number%03d$.m4s">${TIMELINE}</SegmentTemplate></Representation></AdaptationSet></Period></MPD>`
    const table = new MpdLinkTable()
    table.take(based('aaa'), MPD_URL)
    table.hand(based('aaa'), MPD_URL)
    table.take(based('bbb'), MPD_URL)
    expect(table.successorOf(at('/t/aaa/film/s007.m4s'))?.url).toBe(at('/t/bbb/film/s007.m4s'))
    expect(table.successorOf(at('/t/aaa/film/i.mp4'))?.url).toBe(at('/t/bbb/film/i.mp4'))
    expect(table.successorOf(at('/t/ccc/film/i.mp4'))).toBeUndefined()
  })

  it('are found below the MPD’s Location too', () => {
    const table = new MpdLinkTable()
    const location = (token: string) => `<Location>https://cdn.example/moved/film.mpd?t=${token}</Location>`
    table.take(live(7, 'a', location('a')), MPD_URL)
    table.hand(live(7, 'a', location('a')), MPD_URL)
    table.take(live(7, 'b', location('b')), MPD_URL)
    expect(table.isLocation('https://cdn.example/moved/film.mpd?t=a')).toBe(true)
    expect(table.successorOf('https://cdn.example/moved/film.mpd?t=a')?.url).toBe(
      'https://cdn.example/moved/film.mpd?t=b',
    )
    expect(table.successorOf('https://cdn.example/moved/i.mp4?t=a')?.url).toBe(at('i.mp4?t=b'))
  })
})
