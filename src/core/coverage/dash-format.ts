import { MpdLinkTable } from './mpd-link-table.js'
import { mpdFiles } from './mpd-links.js'
import { isOtherLink, type PlaylistFormat } from './playlist-format.js'

/** DASH: MPDs. */
export const DASH: PlaylistFormat = {
  isOne: (text) => /^\s*</.test(text),
  createTable: () => new MpdLinkTable(),
  someLinks: (text, baseUrl) => mpdFiles(text, baseUrl).map(({ url }) => url),
  hasOtherLinks(older, newer, baseUrl) {
    const before = new Map(mpdFiles(older, baseUrl).map(({ place, url }) => [place, url]))
    return mpdFiles(newer, baseUrl).some(({ place, url }) => isOtherLink(before.get(place), url))
  },
}
