import { parseUrl } from '../split-url.js'
import { playlistLinks } from './hls-links.js'
import { isOtherLink, type PlaylistFormat } from './playlist-format.js'

/** Characters of a playlist that are looked at, half of them at each end: a server signs all links of a playlist in one way. A signed link in between is found when it is refused. */
const LOOKED_AT = 16_384

/** HLS: master and media playlists. */
export const HLS: PlaylistFormat = {
  isOne: (text) => text.startsWith('#EXTM3U'),
  someLinks: (text, baseUrl) => playlistLinks(ends(text)).flatMap(({ uri }) => parseUrl(uri, baseUrl)?.href ?? []),
  hasOtherLinks(older, newer) {
    const first = playlistLinks(ends(newer)).find(({ durationS }) => durationS > 0)
    // Most playlists keep their links.
    if (!first || older.includes(`\n${first.uri}`)) return false
    const there = playlistLinks(older).find(({ place }) => place === first.place)
    return there?.durationS === first.durationS && isOtherLink(there.uri, first.uri)
  },
}

function ends(text: string): string {
  if (text.length <= LOOKED_AT) return text
  const end = text.slice(-LOOKED_AT / 2).replace(/^.*\n/, '')
  return `${text.slice(0, LOOKED_AT / 2).replace(/\n.*$/, '')}\n${end}`
}
