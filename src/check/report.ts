/** How each fault is fixed, by its code. The codes are stable: machines compare them. docs/check.md has a row for each. */
const FIXES = {
  'url-refused':
    'Compare the secret and the clocks of the signer and the CDN. Where the CDN checks the referrer, name your page (`--origin`); where a token is bound to an address, run the check where the viewer is.',
  'expiry-unread': 'Let the endpoint answer `expiresIn` beside the URL.',
  'life-too-short': 'Sign for a minute or more.',
  'served-after-expiry': 'Let the server, and every cache in front of it, compare the expiry with the time.',
  'unknown-refusal':
    'Answer 403 or 410 where a token is wrong or has expired, or name the status in the option `refusedStatuses`.',
  'not-protected': 'Let the server, and every cache in front of it, check the token of each request.',
  'single-use': 'Accept a token as often as it is sent until it expires: a player requests a playlist again and again.',
  'cors-missing':
    "Send `Access-Control-Allow-Origin` with your page's origin, or `*`, with every answer. Only an MP4 without the service worker plays without it.",
  'cors-other-origin':
    "Send the origin of the page that plays the video, or `*`. Where a cache keeps one page's answer for another, send `Vary: Origin` too.",
  'cors-repeated': 'Let either the server or the CDN set `Access-Control-Allow-Origin`, so that it is sent once.',
  'cors-missing-on-refusal':
    "Send `Access-Control-Allow-Origin` with 401, 403 and 410 too (`always` in nginx and Apache). If your CDN can't, ignore this: the plugin then takes an error near expiry for a refusal.",
  'www-authenticate': 'Answer 403 in place of 401, or leave `WWW-Authenticate` out.',
  'range-ignored': 'Let the server answer `Range` requests with 206; in nginx, remove `max_ranges 0`.',
  'range-wrong': 'Send the bytes that were requested, and say which they are in `Content-Range`.',
  'content-range-hidden': 'Send `Access-Control-Expose-Headers: Content-Range`, or do without the service worker.',
  'link-not-covered': 'Sign a folder that holds these files, and let the endpoint answer `covers`.',
  'link-refused':
    "Sign the video's folder in place of one file, and let the endpoint answer `covers`; or set `scope: 'file'`, where each file has its own signature.",
  'link-on-other-origin':
    'Link the files relative to the playlist, or on the host that checks the token. Ignore this where they are public.',
  'signed-link-expired': 'Let the server sign the links anew each time it serves the playlist.',
  'mixed-content': 'Use https in signed URLs, playlists and redirects.',
  'redirect-dies-sooner': 'Let the URL that the redirect leads to live at least as long as the signed one.',
  'playlist-cached': 'Send `Cache-Control: no-cache` with this playlist.',
  'clock-differs': 'Set both clocks by NTP.',
  'date-hidden': 'Let the endpoint answer `expiresIn` or `serverTime`, or send `Access-Control-Expose-Headers: Date`.',
  'answer-cached': 'Send `Cache-Control: no-store` with signed URLs.',
  'endpoint-denied':
    'Pass what a viewer who may watch sends, such as a cookie (`--header`), and a resource that exists (`--resource`).',
  'endpoint-failed':
    'Answer 200 with JSON such as {"url": "https://…", "expiresIn": 60}. The optional `covers` is a folder in the path of `url`.',
  'endpoint-cors-missing':
    "Send `Access-Control-Allow-Origin` with your page's origin, also with errors; or serve the endpoint on the page's own origin.",
  'endpoint-repeats-url': 'Sign anew where the request says `reason=refused`, and let no cache answer it.',
  'another-video': 'Sign the same file for a resource each time.',
} as const

export type FindingCode = keyof typeof FIXES
export const FINDING_CODES = Object.keys(FIXES) as readonly FindingCode[]

/** A fault that a player would meet. No field holds a token. */
export interface Finding {
  readonly code: FindingCode
  /** What is wrong, in one sentence or two. */
  readonly problem: string
  readonly fix: string
}

/** What there was no way to find out, and why. */
export interface Unchecked {
  readonly topic: string
  readonly reason: string
}

/** What a player would meet. It holds no token. */
export interface CheckReport {
  /** Of this shape. Fields may be added to it; none changes its meaning. */
  readonly version: 1
  /** Redacted. */
  readonly url: string
  /** `file`: an MP4 or its like. Null where nothing was served. */
  readonly kind: VideoKind | null
  /** Empty where nothing is wrong. */
  readonly findings: readonly Finding[]
  /** What was seen and is no fault, in sentences. */
  readonly seen: readonly string[]
  readonly notChecked: readonly Unchecked[]
}

export type VideoKind = 'hls' | 'dash' | 'file'

/** What a check has to say. */
export type Note =
  | ({ readonly is: 'finding' } & Finding)
  | { readonly is: 'seen'; readonly message: string }
  | ({ readonly is: 'not-checked' } & Unchecked)

export function found(code: FindingCode, problem: string): Note {
  return { is: 'finding', code, problem, fix: FIXES[code] }
}

export function saw(message: string): Note {
  return { is: 'seen', message }
}

export function skipped(topic: string, reason: string): Note {
  return { is: 'not-checked', topic, reason }
}

/** One finding for each code: what is wrong with a playlist is mostly wrong with the others too. */
export function toReport(url: string, kind: VideoKind | undefined, notes: readonly Note[]): CheckReport {
  const findings = new Map<FindingCode, Finding>()
  const seen: string[] = []
  const notChecked: Unchecked[] = []
  for (const note of notes) {
    if (note.is === 'seen') seen.push(note.message)
    else if (note.is === 'not-checked') notChecked.push({ topic: note.topic, reason: note.reason })
    else if (!findings.has(note.code)) {
      findings.set(note.code, { code: note.code, problem: note.problem, fix: note.fix })
    }
  }
  return { version: 1, url, kind: kind ?? null, findings: [...findings.values()], seen, notChecked }
}
