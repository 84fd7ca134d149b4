/* Gcore names DASH segments `004chunk-stream4-10000000-05213.m4s?part=4`: with their own query, besides the credentials in the path. */

const PART = '?part=4'

/**
 * Completes the Gcore names in ffmpeg's MPD: ffmpeg can't write the query, which is not part of a file name.
 * Puts viewers three segments behind the live edge, as with HLS. ffmpeg would put them one behind.
 */
export function gcoreManifest(manifest: string): string {
  return manifest
    .replace(/\b(initialization|media)="([^"?]+\.m4s)"/g, `$1="$2${PART}"`)
    .replace(/suggestedPresentationDelay="[^"]*"/, 'suggestedPresentationDelay="PT6S"')
}

/** Returns the MPD of a film, whose segments are `{folder}/{number}.m4s`, with Gcore's names. */
export function withGcoreNames(manifest: string): string {
  return manifest
    .replace(/initialization="(\w+)\/init\.mp4"/g, `initialization="004init-stream$1.m4s${PART}"`)
    .replace(/media="(\w+)\/\$Number%03d\$\.m4s"/g, `media="004chunk-stream$1-$$Bandwidth$$-$$Number%05d$$.m4s${PART}"`)
}

/** Maps a Gcore name to the film's file. Returns any other name unchanged. */
export function ownName(name: string): string {
  const [, init] = /^004init-stream(\w+)\.m4s$/.exec(name) ?? []
  if (init) return `${init}/init.mp4`
  const [, folder, number] = /^004chunk-stream(\w+)-\d+-0*(\d{3,})\.m4s$/.exec(name) ?? []
  return folder && number ? `${folder}/${number}.m4s` : name
}
