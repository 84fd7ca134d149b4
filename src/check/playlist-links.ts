import { SECOND_MS } from '../core/clock.js'
import { playlistLinks } from '../core/coverage/hls-links.js'
import { mpdFiles } from '../core/coverage/mpd-links.js'
import { parseUrl } from '../core/split-url.js'
import type { VideoKind } from './report.js'

/** A file that a playlist or an MPD links. */
export interface LinkedFile {
  /** Absolute. Of an MPD's template it may hold variables. */
  readonly url: string
  readonly isPlaylist: boolean
  /** 0 for what is no segment of HLS. */
  readonly durationS: number
  /** Subtitles, or pictures to seek by: what a player loads now and then, in files of any length. */
  readonly isAside: boolean
  /** Players request parts of it. */
  readonly isRanged: boolean
}

export interface ReadPlaylist {
  readonly links: readonly LinkedFile[]
  /** Of the segments, as far as it says. */
  readonly longestS: number
  /** How long the version holds until the next one is there; Infinity where there is none. */
  readonly holdsMs: number
}

/** The links of a playlist or an MPD that was answered from `url`. Licences, and links that a player fills in, are left out. */
export function readLinks(kind: VideoKind, text: string, url: string): ReadPlaylist {
  return kind === 'dash' ? readMpd(text, url) : readHls(text, url)
}

function readHls(text: string, url: string): ReadPlaylist {
  const isMaster = text.includes('#EXT-X-STREAM-INF')
  const isRanged = text.includes('#EXT-X-BYTERANGE')
  const links = playlistLinks(text).flatMap(({ uri, at, durationS }) => {
    const line = lineAt(text, at)
    const isLicence = /^#EXT-X-(?:SESSION-)?KEY:.*KEYFORMAT="(?!identity")/.test(line)
    if (uri.includes('{$') || isLicence || line.startsWith('#EXT-X-RENDITION-REPORT')) return []
    const isPlaylist = isMaster && !line.startsWith('#EXT-X-SESSION')
    const isAside = /^#EXT-X-(?:I-FRAME|MEDIA:.*TYPE=(?:SUBTITLES|CLOSED-CAPTIONS))/.test(line)
    return toFile(uri, url, { isPlaylist, durationS, isAside, isRanged: isRanged && durationS > 0 })
  })
  const targetS = Number(/^#EXT-X-TARGETDURATION:(\d+)/m.exec(text)?.[1] ?? 0)
  const isFinal = isMaster || /^#EXT-X-ENDLIST/m.test(text)
  const longestS = links.reduce((longest, { durationS }) => Math.max(longest, durationS), 0)
  return { links, longestS, holdsMs: isFinal ? Number.POSITIVE_INFINITY : targetS * SECOND_MS }
}

function readMpd(text: string, url: string): ReadPlaylist {
  const links = mpdFiles(text, url).flatMap(({ url: file, place }) =>
    toFile(file, url, { isPlaylist: false, durationS: 0, isAside: false, isRanged: place.endsWith(' BaseURL') }),
  )
  const isLive = /<MPD[^>]*\stype="dynamic"/.test(text)
  const updateS = secondsIn(/\sminimumUpdatePeriod="([^"]*)"/.exec(text)?.[1])
  const longestS = secondsIn(/\smaxSegmentDuration="([^"]*)"/.exec(text)?.[1])
  return { links, longestS, holdsMs: isLive ? updateS * SECOND_MS : Number.POSITIVE_INFINITY }
}

function toFile(uri: string, base: string, rest: Omit<LinkedFile, 'url'>): LinkedFile[] {
  const url = parseUrl(uri, base)
  return url && /^https?:$/.test(url.protocol) ? [{ url: url.href, ...rest }] : []
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end)
}

/** `PT1H2M3.5S`. */
function secondsIn(duration = ''): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration) ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}
