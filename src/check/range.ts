import { redact } from '../core/redact.js'
import { isExposed, type Viewpoint } from './cors.js'
import { found, type Note, saw, skipped } from './report.js'
import type { Visit } from './visit.js'

/** What is sent: two bytes, so that both ends of the range can be seen. */
export const TWO_BYTES = 'bytes=0-1'

/** How `TWO_BYTES` was answered. `isFile`: a service worker may read it. */
export function checkRange(visit: Visit, isFile: boolean, viewpoint: Viewpoint): Note[] {
  const { status, headers, url, isHidden: isUnreadable } = visit
  const file = redact(url)
  // Some browsers ask for permission to send `Range`, which a player's element doesn't need.
  if (isUnreadable) return [skipped('parts of files', "The browser doesn't let the page request them.")]
  if (status === 200)
    return [
      found('range-ignored', `${file} is sent whole when a part of it is requested (\`Range\`): viewers can't seek.`),
    ]
  if (status !== 206)
    return [
      found(
        'range-wrong',
        `${file} is answered with ${status || 'nothing'} when a part of it is requested (\`Range\`).`,
      ),
    ]
  const isHidden = !isExposed(headers, url, 'content-range', viewpoint)
  if (isHidden && isFile)
    return [
      found(
        'content-range-hidden',
        `The page can't read \`Content-Range\` of ${file}, so the service worker can't serve it.`,
      ),
    ]
  if (isHidden && viewpoint.isBrowser) return []
  const range = headers.get('content-range')
  if (/^bytes 0-1\/(?:\d+|\*)$/.test(range ?? '')) return [saw('Parts of a file can be requested (`Range`).')]
  const instead = range === null ? 'no `Content-Range`' : `\`Content-Range: ${range.slice(0, 40)}\``
  return [found('range-wrong', `${file} is answered with ${instead} when its first two bytes are requested.`)]
}
