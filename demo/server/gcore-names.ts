/* Gcore calls the segments of DASH `004chunk-stream4-10000000-05213.m4s?part=4`: names with a query of their own, beside the credentials in the path. */

const PART = '?part=4'

/**
 * An MPD of ffmpeg's whose segments have Gcore's names but for the query, which is no part of a file's name.
 * Viewers are told to stay three segments behind the live edge, as with HLS; ffmpeg says one.
 */
export function gcoreManifest(manifest: string): string {
  return manifest
    .replace(/\b(initialization|media)="([^"?]+\.m4s)"/g, `$1="$2${PART}"`)
    .replace(/suggestedPresentationDelay="[^"]*"/, 'suggestedPresentationDelay="PT6S"')
}

/** A film's own MPD, whose segments are `{folder}/{number}.m4s`, told with Gcore's names. */
export function withGcoreNames(manifest: string): string {
  return manifest
    .replace(/initialization="(\w+)\/init\.mp4"/g, `initialization="004init-stream$1.m4s${PART}"`)
    .replace(/media="(\w+)\/\$Number%03d\$\.m4s"/g, `media="004chunk-stream$1-$$Bandwidth$$-$$Number%05d$$.m4s${PART}"`)
}

/** The film's own file that a name of Gcore's means; any other name is what it is. */
export function ownName(name: string): string {
  const [, init] = /^004init-stream(\w+)\.m4s$/.exec(name) ?? []
  if (init) return `${init}/init.mp4`
  const [, folder, number] = /^004chunk-stream(\w+)-\d+-0*(\d{3,})\.m4s$/.exec(name) ?? []
  return folder && number ? `${folder}/${number}.m4s` : name
}
