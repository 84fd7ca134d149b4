import { DASH_TYPE, HLS_TYPE } from './engine.js'

const TYPES: Readonly<Record<string, string>> = {
  m3u8: HLS_TYPE,
  mpd: DASH_TYPE,
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  ogv: 'video/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  flac: 'audio/flac',
}

/** The media type that the file extension of a resource or a URL stands for; undefined where it stands for none. */
export function typeOf(resource: string): string | undefined {
  const extension = /\.(\w+)$/.exec(resource.split(/[?#]/)[0] ?? '')?.[1]
  return extension && TYPES[extension.toLowerCase()]
}

/** Lower case and without parameters, as types are compared. */
export function bareType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
