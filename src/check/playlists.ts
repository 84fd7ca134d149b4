import { SECOND_MS } from '../core/clock.js'
import type { IssueCoverage } from '../core/coverage/issue-coverage.js'
import { type CachedPlaylist, checkPlaylistCaching } from './caching.js'
import type { Viewpoint } from './cors.js'
import { checkMixedContent, type Life } from './expiry.js'
import { formatOf, isServed, kindOf } from './kind.js'
import { checkLink, checkLinks, expiryOfLink, type Handling, handlingOf } from './links.js'
import { type LinkedFile, readLinks } from './playlist-links.js'
import { checkRange, TWO_BYTES } from './range.js'
import type { Note, VideoKind } from './report.js'
import type { Visit, Visitor } from './visit.js'

interface PlaylistsSettings {
  readonly kind: VideoKind
  readonly coverage: IssueCoverage
  readonly visitor: Visitor
  readonly viewpoint: Viewpoint
  readonly life: Life
  /** The CDN's clock minus this machine's. */
  readonly skewMs: number
}

/** What was found out about a playlist, and what it links. */
interface Explored {
  readonly notes: readonly Note[]
  /** Further answers, for checks that look at all of them. */
  readonly visits: readonly Visit[]
  readonly longestS: number
}

/** A playlist of each rendition is as good as the others, mostly. */
const MOST_PLAYLISTS = 6

/** Reads the playlist at the top, those that it links, and the beginning of one file of each sort, each requested as the player does it. */
export async function explorePlaylists(top: Visit, sentUrl: string, settings: PlaylistsSettings): Promise<Explored> {
  const { kind, coverage, visitor, viewpoint, life, skewMs } = settings
  const notes: Note[] = []
  const visits: Visit[] = []
  const links: LinkedFile[] = []
  const cached: CachedPlaylist[] = []
  let longestS = 0
  let playlistsLeft = MOST_PLAYLISTS
  await read(top, sentUrl)
  for (const file of toProbe()) await request(file)
  const serverNow = Date.now() + skewMs
  const urls = links.map(({ url }) => url)
  return {
    notes: [
      ...checkLinks(links, coverage, (url) => visitor.mayVisit(url), serverNow),
      ...checkMixedContent(urls, sentUrl, viewpoint.origin),
      ...checkPlaylistCaching(cached),
      ...notes,
    ],
    visits,
    longestS,
  }

  async function read(playlist: Visit, askedUrl: string): Promise<void> {
    const { text, url, headers } = playlist
    if (url !== askedUrl) coverage.redirected(askedUrl, url)
    const { links: own, longestS: longest, holdsMs } = readLinks(kind, text, url)
    const deaths = own.filter((link) => handlingOf(link.url, coverage) === 'signed').map((link) => deathOf(link.url))
    cached.push({ url, headers, holdsMs: Math.min(holdsMs, ...deaths) })
    longestS = Math.max(longestS, longest)
    links.push(...own)
    for (const link of own) {
      if (!link.isPlaylist || playlistsLeft === 0) continue
      playlistsLeft -= 1
      const visit = await request(link)
      if (visit && isServed(visit) && kindOf(visit) === kind) await read(visit, link.url)
    }
  }

  /** How much longer a link lives that the playlist has signed, in ms. */
  function deathOf(url: string): number {
    const seconds = expiryOfLink(url)
    const endsAt = seconds === undefined ? life.endsAt : seconds * SECOND_MS - skewMs
    return endsAt === undefined ? Number.POSITIVE_INFINITY : endsAt - Date.now()
  }

  async function request({ url, isRanged }: LinkedFile): Promise<Visit | undefined> {
    const handling = handlingOf(url, coverage)
    const sent = handling === 'covered' ? coverage.carry(url) : url
    if (!visitor.mayVisit(sent)) return undefined
    const visit = await visitor.visit(sent, isRanged ? TWO_BYTES : undefined)
    visits.push(visit)
    notes.push(...checkLink(visit, handling))
    if (isRanged && isServed(visit)) notes.push(...checkRange(visit, false, viewpoint))
    return visit
  }

  /** One segment and one other file of each handling. A template of an MPD names no file. */
  function toProbe(): LinkedFile[] {
    const sorts = new Map<`${Handling} ${boolean}`, LinkedFile>()
    for (const link of links) {
      if (link.isPlaylist || link.url.includes('$') || !visitor.mayVisit(link.url)) continue
      const sort = `${handlingOf(link.url, coverage)} ${link.durationS > 0}` as const
      if (!sorts.has(sort)) sorts.set(sort, link)
    }
    return [...sorts.values()]
  }
}

/** Whether the server writes other links into the same playlist each time: then it signs them. */
export function hasChangingLinks(kind: VideoKind, first: Visit, again: Visit): boolean {
  return formatOf(kind)?.hasOtherLinks(first.text, again.text, first.url) === true
}
