/** One link of an HLS playlist. */
export interface PlaylistLink {
  /** As it is written there. */
  readonly uri: string
  /** Its position: the same in every later version of the playlist, while the link is in the window. */
  readonly place: string
  /** How many seconds it adds; 0 for what is not a segment. */
  readonly durationS: number
}

/** The links of an HLS playlist, in order: segments, parts, keys, init segments; renditions of a master playlist. Of anything else: none. @see RFC 8216 section 4.3 */
export function playlistLinks(text: string): PlaylistLink[] {
  const links: PlaylistLink[] = []
  withLinks(text, (link) => {
    links.push(link)
    return link.uri
  })
  return links
}

/** The playlist with other links, as `replace` has them. */
export function withLinks(text: string, replace: (link: PlaylistLink) => string): string {
  if (!text.startsWith('#EXTM3U')) return text
  let sequence = numberIn(text, 'MEDIA-SEQUENCE')
  let sinceSegment = 0
  let durationS = 0
  return text.replace(/[^\r\n]+/g, (line) => {
    if (!line.startsWith('#')) {
      const uri = line.trim()
      if (uri === '') return line
      const link = { uri, place: `${sequence++}`, durationS }
      sinceSegment = 0
      durationS = 0
      return replace(link)
    }
    const [before = '', tag = '', uri] = /^#(EXT[^:]*):(?:.*?,)??URI="([^"]*)/.exec(line) ?? []
    if (uri !== undefined) {
      const after = line.slice(before.length)
      const link = { uri, place: `${sequence} ${tag} ${sinceSegment++}`, durationS: 0 }
      return before.slice(0, before.length - uri.length) + replace(link) + after
    }
    durationS = Number.parseFloat(/^#EXTINF:(.*)/.exec(line)?.[1] ?? `${durationS}`) || 0
    // A delta update leaves out what the player has.
    sequence += Number(/^#EXT-X-SKIP:.*SKIPPED-SEGMENTS=(\d+)/.exec(line)?.[1] ?? 0)
    return line
  })
}

/** What a delta update leaves out, because the player has it: the first media sequence number, and the first that is there again. */
export function leftOut(text: string): readonly [from: number, to: number] | undefined {
  const skipped = Number(/^#EXT-X-SKIP:.*SKIPPED-SEGMENTS=(\d+)/m.exec(text)?.[1] ?? 0)
  const from = numberIn(text, 'MEDIA-SEQUENCE')
  return skipped > 0 ? [from, from + skipped] : undefined
}

function numberIn(text: string, tag: string): number {
  return Number(new RegExp(`^#EXT-X-${tag}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}
