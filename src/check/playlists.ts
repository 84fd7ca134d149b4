import { SECOND_MS } from '../core/clock.js'
import { redact } from '../core/redact.js'
import { type CachedPlaylist, checkPlaylistCaching } from './caching.js'
import type { Viewpoint } from './cors.js'
import { checkMixedContent, type Life } from './expiry.js'
import { formatOf, isServed, kindOf } from './kind.js'
import { checkLink, checkLinks, expiryOfLink, type Handling, type JudgedLink, type LinkRules } from './links.js'
import { readLinks } from './playlist-links.js'
import { checkRange, TWO_BYTES } from './range.js'
import { found, type Note, saw, skipped, type VideoKind } from './report.js'
import type { Visit, Visitor } from './visit.js'

interface PlaylistsSettings {
  readonly kind: VideoKind
  readonly rules: LinkRules
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
  const { kind, rules, visitor, viewpoint, life, skewMs } = settings
  const notes: Note[] = []
  const visits: Visit[] = []
  const links: JudgedLink[] = []
  const cached: CachedPlaylist[] = []
  let longestS = 0
  let playlistsLeft = MOST_PLAYLISTS
  /** The first one that has segments. */
  let media: { readonly visit: Visit; readonly sent: string } | undefined
  await read(top, sentUrl, false)
  for (const file of toProbe()) await request(file)
  if (media && hasOtherLinks(kind, media.visit, await visitor.visit(media.sent)))
    notes.push(saw('The server writes other links into a playlist each time: the plugin refreshes them with it.'))
  return {
    notes: [
      ...checkLinks(links, (url) => visitor.mayVisit(url), Date.now() + skewMs),
      ...checkMixedContent(
        links.map(({ url }) => url),
        sentUrl,
        viewpoint.origin,
      ),
      ...checkPlaylistCaching(cached),
      ...(playlistsLeft < 0
        ? [skipped('playlists', `${-playlistsLeft} more than ${MOST_PLAYLISTS} were linked.`)]
        : []),
      ...notes,
    ],
    visits,
    longestS,
  }

  async function read(playlist: Visit, sent: string, isAside: boolean): Promise<void> {
    const { text, url, headers } = playlist
    if (url !== sent) rules.redirected(sent, url)
    const version = readLinks(kind, text, url)
    const own = version.links.map((link) => ({ ...link, handling: rules.handlingOf(link.url) }))
    cached.push({ url, headers, holdsMs: own.reduce((least, link) => Math.min(least, restOf(link)), version.holdsMs) })
    if (version.longestS > 0 || kind === 'dash') media ??= { visit: playlist, sent }
    if (!isAside) longestS = Math.max(longestS, version.longestS)
    for (const link of own) links.push(link)
    for (const link of own) {
      if (!link.isPlaylist) continue
      playlistsLeft -= 1
      if (playlistsLeft < 0) continue
      const requested = await request(link)
      if (requested && isServed(requested.visit) && kindOf(requested.visit) === kind)
        await read(requested.visit, requested.sent, link.isAside)
    }
  }

  /** How much longer a link lives that the playlist has signed, in ms. */
  function restOf({ url, handling }: JudgedLink): number {
    if (handling !== 'signed') return Number.POSITIVE_INFINITY
    const seconds = expiryOfLink(url)
    const endsAt = seconds === undefined ? life.endsAt : seconds * SECOND_MS - skewMs
    return endsAt === undefined ? Number.POSITIVE_INFINITY : endsAt - Date.now()
  }

  async function request({ url, handling, isRanged }: JudgedLink) {
    const sent = await rules.locate(url)
    if (sent === undefined)
      notes.push(found('endpoint-denied', `The endpoint signs no URL for ${redact(url)}, which the playlist links.`))
    if (sent === undefined || !visitor.mayVisit(sent)) return undefined
    const visit = await visitor.visit(sent, isRanged ? TWO_BYTES : undefined)
    visits.push(visit)
    notes.push(...checkLink(visit, handling))
    if (isRanged && isServed(visit)) notes.push(...checkRange(visit, false, viewpoint))
    return { visit, sent }
  }

  /** One segment and one other file of each handling. A template of an MPD names no file. */
  function toProbe(): Iterable<JudgedLink> {
    const sorts = new Map<`${Handling} ${boolean}`, JudgedLink>()
    for (const link of links) {
      const sort = `${link.handling} ${link.durationS > 0}` as const
      if (link.isPlaylist || link.url.includes('$') || sorts.has(sort) || !visitor.mayVisit(link.url)) continue
      sorts.set(sort, link)
    }
    return sorts.values()
  }
}

function hasOtherLinks(kind: VideoKind, first: Visit, again: Visit): boolean {
  return formatOf(kind)?.hasOtherLinks(first.text, again.text, first.url) === true
}
