import { readFileSync } from 'node:fs'
import type { FilmFiles } from './film-files.js'

const NAME = 'live.m3u8'
/** What a viewer who joins at the stage's opening finds behind the live edge. */
const WINDOW_MS = 36_000

/**
 * The film as a live broadcast with a sliding window, told from its VOD playlists: `live.m3u8` beside `master.m3u8` and beside each `playlist.m3u8`.
 * `elapsedMs`: since the broadcast began, a window's length into the film. Undefined for any other file; it ends with the film.
 */
export function livePlaylist(films: FilmFiles, slug: string, file: string, elapsedMs: number): string | undefined {
  if (file === NAME) {
    const master = films.locate(slug, 'master.m3u8')
    return master && readFileSync(master.path, 'utf8').replaceAll('playlist.m3u8', NAME)
  }
  if (!file.endsWith(`/${NAME}`)) return undefined
  const vod = films.locate(slug, file.replace(NAME, 'playlist.m3u8'))
  return vod && windowOf(readFileSync(vod.path, 'utf8'), WINDOW_MS + elapsedMs)
}

function windowOf(vod: string, edgeMs: number): string {
  const [head = '', ...rest] = vod.split(/(?=#EXTINF:)/)
  let end = 0
  const segments = rest.map((text) => {
    end += 1000 * Number.parseFloat(text.slice('#EXTINF:'.length))
    return { text: text.replace('#EXT-X-ENDLIST\n', ''), end }
  })
  const shown = segments.filter((segment) => segment.end <= edgeMs && segment.end > edgeMs - WINDOW_MS)
  const sequence = shown[0] ? segments.indexOf(shown[0]) : segments.length
  return [
    head.replace(/#EXT-X-PLAYLIST-TYPE:.*\n/, '').replace(/(#EXT-X-MEDIA-SEQUENCE:).*/, `$1${sequence}`),
    ...shown.map(({ text }) => text),
    edgeMs >= end ? '#EXT-X-ENDLIST\n' : '',
  ].join('')
}
