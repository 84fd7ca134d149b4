/** One link of an HLS playlist. */
export interface PlaylistLink {
  /** As it is written there. */
  readonly uri: string
  /** Where in the text it begins. */
  readonly at: number
  /** Its position: the same in every later version of the playlist, while the link is in the window. A segment's is its media sequence number. */
  readonly place: string
  /** How many seconds it adds; 0 for what is not a segment. */
  readonly durationS: number
  /** The discontinuity sequence number. */
  readonly discontinuity: number
}

const SEGMENT = '#EXTINF:'
const HASH = '#'.charCodeAt(0)

/** The links of an HLS playlist, in order: segments, parts, keys, init segments; renditions of a master playlist. Of anything else: none. @see RFC 8216 section 4.3 */
export function playlistLinks(text: string): PlaylistLink[] {
  const links: PlaylistLink[] = []
  if (!text.startsWith('#EXTM3U')) return links
  let sequence = numberIn(text, 'MEDIA-SEQUENCE')
  let discontinuity = numberIn(text, 'DISCONTINUITY-SEQUENCE')
  let sinceSegment = 0
  let durationS = 0
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd < 0 ? text.length : lineEnd
    const line = text.slice(start, end)
    if (line.charCodeAt(0) === HASH) readTag(line, start)
    else readUri(line, start)
    start = end + 1
  }
  return links

  function readUri(line: string, start: number): void {
    const uri = line.trim()
    if (uri === '') return
    links.push({ uri, at: start + line.indexOf(uri), place: `${sequence}`, durationS, discontinuity })
    sequence += 1
    sinceSegment = 0
    durationS = 0
  }

  function readTag(line: string, start: number): void {
    if (line.startsWith(SEGMENT)) durationS = Number.parseFloat(line.slice(SEGMENT.length)) || 0
    else if (/^#EXT-X-DISCONTINUITY\s*$/.test(line)) discontinuity += 1
    // A delta update leaves out what the player has.
    else if (line.startsWith('#EXT-X-SKIP:')) sequence += skipped(line)
    if (!line.includes('URI="')) return
    const [before = '', tag = '', uri = ''] = /^#(EXT[^:]*):(?:.*?,)??URI="([^"]*)/.exec(line) ?? []
    if (before === '') return
    const place = `${sequence} ${tag} ${sinceSegment}`
    sinceSegment += 1
    links.push({ uri, at: start + before.length - uri.length, place, durationS: 0, discontinuity })
  }
}

/** `text` with other links in place of `links`, which are its own. Every other byte stays. */
export function withLinks(
  text: string,
  links: readonly PlaylistLink[],
  replace: (link: PlaylistLink) => string,
): string {
  const pieces: string[] = []
  let end = 0
  for (const link of links) {
    const uri = replace(link)
    if (uri === link.uri) continue
    pieces.push(text.slice(end, link.at), uri)
    end = link.at + link.uri.length
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(end)
}

/** What a delta update leaves out, because the player has it: the first media sequence number, and the first that is there again. */
export function leftOut(text: string): readonly [from: number, to: number] | undefined {
  const count = skipped(text)
  const from = numberIn(text, 'MEDIA-SEQUENCE')
  return count > 0 ? [from, from + count] : undefined
}

function skipped(text: string): number {
  return Number(/^#EXT-X-SKIP:.*SKIPPED-SEGMENTS=(\d+)/m.exec(text)?.[1] ?? 0)
}

function numberIn(text: string, tag: string): number {
  return Number(new RegExp(`^#EXT-X-${tag}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}
