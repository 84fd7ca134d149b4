import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isBroadcastName } from './broadcasts.js'
import type { FilmFiles, LocatedFile } from './film-files.js'
import { gcoreManifest, ownName, withGcoreNames } from './gcore-names.js'
import { findMedia, lowLatencyPlaylist, readDirectives, waitsUntil } from './low-latency.js'
import { LOW_LATENCY } from './made-films.js'
import { type Rendition, Renditions } from './renditions.js'
import type { Opened } from './schemes.js'
import type { Stage } from './stages.js'

const HLS = 'application/vnd.apple.mpegurl'
const DASH = 'application/dash+xml'

/** The window behind the live edge when the stage opens. */
const WINDOW_MS = 36_000
/** The files in which the origin presents a film's VOD playlists as a broadcast. */
const SLIDING = 'live.m3u8'
const GROWING = 'event.m3u8'
const LOW_LATENCY_PLAYLIST = 'low-latency.m3u8'
const GCORE_MANIFEST = 'index.mpd'
/** The longest that a request waits for a file that has not been broadcast yet. */
const LONGEST_WAIT_MS = 3_000

/** A text that the origin generates. */
export interface PlaylistAnswer {
  readonly text: string
  readonly contentType: string
  /** Default: 200. */
  readonly status?: number
}

type Place = Pick<Opened, 'slug' | 'file' | 'token'>

/**
 * The live playlists of the origin:
 *
 * - For any film with VOD playlists, `live.m3u8` beside `master.m3u8` and each `playlist.m3u8` has a sliding window, and `event.m3u8` keeps everything from the
 *   start (`EXT-X-PLAYLIST-TYPE:EVENT`).
 * - For the low-latency film, `low-latency.m3u8` also lists parts, waits for `_HLS_msn` and `_HLS_part`, and omits what `_HLS_skip` allows. Its segments and
 *   parts are served once they have been broadcast.
 * - Broadcasts of ffmpeg are read from disk each time.
 *
 * Broadcasts start when their stage opens, and all but ffmpeg's end with the film. `index.mpd` is a film's or ffmpeg's MPD with Gcore's names.
 */
export class LivePlaylists {
  readonly #films: FilmFiles
  readonly #renditions = new Renditions()

  constructor(films: FilmFiles) {
    this.#films = films
  }

  /**
   * Returns the playlist, or undefined for a file that is sent unchanged. With `diedAt`, epoch ms of the machine's clock, returns the playlist of that time.
   * Also settles when `signal` aborts.
   */
  async answer(
    place: Place,
    query: URLSearchParams,
    stage: Stage,
    { diedAt, signal }: { diedAt: number | undefined; signal: AbortSignal },
  ): Promise<PlaylistAnswer | undefined> {
    const { slug, file } = place
    const edge = () => edgeMs(stage, diedAt)
    const rendition = file.endsWith(`/${LOW_LATENCY_PLAYLIST}`) ? this.#renditionOf(slug, file) : undefined
    if (rendition) {
      const directives = readDirectives(query)
      const until = directives && waitsUntil(rendition, directives, edge() / 1000)
      if (!directives || until === undefined) return { status: 400, contentType: 'text/plain', text: '' }
      if (diedAt === undefined) await pause(until * 1000 - edge(), signal)
      const options = { windowS: WINDOW_MS / 1000, filmBeganAt: stage.openedAt - WINDOW_MS, skip: directives.skip }
      return { contentType: HLS, text: lowLatencyPlaylist(rendition, { ...options, edge: edge() / 1000 }) }
    }
    if (isBroadcastName(slug)) return this.#broadcast(place, stage, diedAt !== undefined)
    if (file === GCORE_MANIFEST) {
      const manifest = this.#films.locate(slug, 'manifest.mpd')
      return manifest && { contentType: DASH, text: withGcoreNames(readFileSync(manifest.path, 'utf8')) }
    }
    const text = this.#fromVod(slug, file, edge())
    return text === undefined ? undefined : { contentType: HLS, text }
  }

  /** Returns the text of a playlist on disk, or undefined if there is none. */
  async read(place: Place, stage: Stage, signal: AbortSignal): Promise<PlaylistAnswer | undefined> {
    const file = await this.locate(place, stage, signal)
    return file && { contentType: file.contentType, text: readFileSync(file.path, 'utf8') }
  }

  /** Returns the file to send; for a part, the segment and the position in it. Waits for what is about to be broadcast. Returns undefined if there is no such file. */
  async locate({ slug, file }: Place, stage: Stage, signal: AbortSignal): Promise<LocatedFile | undefined> {
    const rendition = this.#renditionOf(slug, file)
    if (!rendition || file.endsWith('.mp4')) {
      return this.#films.locate(slug, file) ?? this.#films.locate(slug, ownName(file))
    }
    const media = findMedia(rendition, basename(file))
    const waitMs = media && media.endsAt * 1000 - edgeMs(stage)
    if (waitMs === undefined || waitMs > LONGEST_WAIT_MS) return undefined
    await pause(waitMs, signal)
    const found = this.#films.locate(slug, `${dirname(file)}/${media?.file}`)
    const { start, end } = media?.span ?? {}
    return found && start !== undefined && end !== undefined
      ? { ...found, offset: start, size: end - start + 1 }
      : found
  }

  /** Returns ffmpeg's current playlist. Earlier ones are gone, so an expired URL gets what it was last answered with. */
  #broadcast(place: Place, stage: Stage, isDead: boolean): PlaylistAnswer | undefined {
    const { slug, file, token } = place
    const found = /\.(?:m3u8|mpd)$/.test(file) ? this.#films.locate(slug, file) : undefined
    if (!found) return undefined
    const key = `${token} ${file}`
    const now = readFileSync(found.path, 'utf8')
    const text = (isDead ? stage.lastAnswers.get(key) : undefined) ?? (file.endsWith('.mpd') ? gcoreManifest(now) : now)
    stage.lastAnswers.set(key, text)
    return { contentType: found.contentType, text }
  }

  #fromVod(slug: string, file: string, edge: number): string | undefined {
    const name = [SLIDING, GROWING].find((form) => file === form || file.endsWith(`/${form}`))
    if (name === undefined) return undefined
    const isMaster = file === name
    const vod = this.#films.locate(slug, isMaster ? 'master.m3u8' : file.replace(name, 'playlist.m3u8'))
    const text = vod && readFileSync(vod.path, 'utf8')
    return isMaster ? text?.replaceAll('playlist.m3u8', name) : text && windowOf(text, edge, name === GROWING)
  }

  /** Returns the rendition of the low-latency film that a file belongs to. */
  #renditionOf(slug: string, file: string): Rendition | undefined {
    const init = slug === LOW_LATENCY ? this.#films.locate(slug, `${dirname(file)}/init.mp4`) : undefined
    return init && this.#renditions.of(init.path)
  }
}

/** How far a stage's broadcast is into the film. */
function edgeMs({ openedAt }: Stage, now = Date.now()): number {
  return WINDOW_MS + now - openedAt
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(Math.ceil(ms), undefined, { signal }).catch(() => {})
}

function windowOf(vod: string, edgeMs: number, isGrowing: boolean): string {
  const [head = '', ...rest] = vod.split(/(?=#EXTINF:)/)
  let end = 0
  const segments = rest.map((text) => {
    end += 1000 * Number.parseFloat(text.slice('#EXTINF:'.length))
    return { text: text.replace('#EXT-X-ENDLIST\n', ''), end }
  })
  const shown = segments.filter((segment) => segment.end <= edgeMs && (isGrowing || segment.end > edgeMs - WINDOW_MS))
  const sequence = shown[0] ? segments.indexOf(shown[0]) : segments.length
  return [
    head
      .replace(/#EXT-X-PLAYLIST-TYPE:.*\n/, isGrowing ? '#EXT-X-PLAYLIST-TYPE:EVENT\n' : '')
      .replace(/(#EXT-X-MEDIA-SEQUENCE:).*/, `$1${sequence}`),
    ...shown.map(({ text }) => text),
    edgeMs >= end ? '#EXT-X-ENDLIST\n' : '',
  ].join('')
}
