import { DASH } from '../core/coverage/dash-format.js'
import { HLS } from '../core/coverage/hls-format.js'
import type { PlaylistFormat } from '../core/coverage/playlist-format.js'
import { fileName } from '../core/split-url.js'
import type { VideoKind } from './report.js'
import type { Visit } from './visit.js'

const MEDIA_FILE = /\.(?:mp4|m4v|m4a|mov|webm|ogv|ogg|mp3|aac|mkv)$/i

export function isServed({ status }: Visit): boolean {
  return status === 200 || status === 206
}

/** What the answer is; undefined for what is no video. */
export function kindOf({ text, headers, url }: Visit): VideoKind | undefined {
  if (HLS.isOne(text)) return 'hls'
  if (/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<MPD/s.test(text)) return 'dash'
  const type = headers.get('content-type') ?? ''
  if (text !== '' || /html|json/i.test(type)) return undefined
  return /^(?:video|audio)\//i.test(type) || MEDIA_FILE.test(fileName(url)) ? 'file' : undefined
}

export function formatOf(kind: VideoKind | undefined): PlaylistFormat | undefined {
  return kind === 'hls' ? HLS : kind === 'dash' ? DASH : undefined
}
