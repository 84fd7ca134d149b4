import { DASH_TYPE, HLS_TYPE } from './engine.js'

/** The types that decide on an engine; the element finds out about any other. */
const TYPES: Readonly<Record<string, string>> = { m3u8: HLS_TYPE, mpd: DASH_TYPE }

/** The media type that the file extension of a resource or a URL stands for, where it decides on an engine. */
export function typeOf(resource: string): string | undefined {
  const extension = /\.(\w+)$/.exec(resource.split(/[?#]/)[0] ?? '')?.[1]
  return extension && TYPES[extension.toLowerCase()]
}

/** Lower case and without parameters, as types are compared. */
export function bareType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}
