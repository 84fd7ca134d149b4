/** One link of an HLS playlist. */
export interface PlaylistLink {
  /** As it stands there. */
  readonly uri: string
  /** Its place: the same in every later writing of the playlist, while the link is in the window. */
  readonly place: string
  /** Seconds of film that it adds; 0 for what is no segment. */
  readonly durationS: number
}

/** The links of an HLS playlist, in order: segments, parts, keys, init segments; renditions of a master playlist. Of anything else: none. @see RFC 8216 section 4.3 */
export function playlistLinks(text: string): PlaylistLink[] {
  if (!text.startsWith('#EXTM3U')) return []
  const links: PlaylistLink[] = []
  let sequence = numberIn(text, 'MEDIA-SEQUENCE')
  let sinceSegment = 0
  let durationS = 0
  for (const line of text.split(/[\r\n]+/)) {
    if (line.startsWith('#')) {
      const [, tag = '', attributes = ''] = /^#(EXT[^:]*):(.*)/.exec(line) ?? []
      if (tag === 'EXTINF') durationS = Number.parseFloat(attributes) || 0
      // A delta update leaves out what the player has.
      if (tag === 'EXT-X-SKIP') sequence += Number(/SKIPPED-SEGMENTS=(\d+)/.exec(attributes)?.[1] ?? 0)
      const [, uri] = /(?:^|,)URI="([^"]*)"/.exec(attributes) ?? []
      if (uri !== undefined) links.push({ uri, place: `${sequence} ${tag} ${sinceSegment++}`, durationS: 0 })
    } else if (line.trim() !== '') {
      links.push({ uri: line.trim(), place: `${sequence++}`, durationS })
      sinceSegment = 0
      durationS = 0
    }
  }
  return links
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
