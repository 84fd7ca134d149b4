import { splitUrl } from '../core/split-url.js'
import { DASH_TYPE } from './engine.js'

const TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/x-mpegurl',
  mpd: DASH_TYPE,
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/mp4',
  webm: 'video/webm',
  ogv: 'video/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  oga: 'audio/ogg',
  wav: 'audio/wav',
}

/** The media type that a resource's or a URL's file name tells, or undefined. */
export function typeOf(resource: string): string | undefined {
  const path = splitUrl(resource)?.segments.at(-1) ?? resource.split(/[?#]/)[0]
  const extension = /\.([a-z0-9]+)$/i.exec(path ?? '')?.[1]
  return extension && TYPES[extension.toLowerCase()]
}

/** Lower case and without parameters, as types are compared. */
export function bareType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
