import { type ExpiryReader, tokenBeforeExpiry } from './reader.js'

/** Gcore video streaming: `/videos|cmaf|streams/{client}_{video}/{token}/{expires}/…` (the seed on Gcore; 410 when expired). */
export const readGcore: ExpiryReader = (url) => {
  const kind = url.segments.findIndex((segment) => segment === 'videos' || segment === 'cmaf' || segment === 'streams')
  return kind >= 0 && url.segments[kind + 1]?.includes('_') ? tokenBeforeExpiry(url, kind + 2) : undefined
}
