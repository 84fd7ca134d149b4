import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { withAbsoluteLinks } from './absolute-links.js'
import type { FilmFiles } from './film-files.js'
import { LivePlaylists, type PlaylistAnswer } from './live-playlist.js'
import { edgePath, type Opened, openEdge, openUrl, stageOf, takesCookies } from './schemes.js'
import { readRange, sendSpan } from './send-file.js'
import type { LogEntry, Stage, Stages } from './stages.js'

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Date, ETag, Content-Range, Content-Length',
}

/** The CDN: checks the token of each request as the signers' documentation says, then sends the file, or misbehaves. */
export function createOrigin(stages: Stages, films: FilmFiles) {
  const live = new LivePlaylists(films)
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = req
    for (const [name, value] of Object.entries(corsFor(url, headers.origin))) res.setHeader(name, value)
    const opened = openUrl(url, headers.cookie) ?? openEdge(url)
    const stage = opened && stages.get(opened.stage)
    if (method === 'OPTIONS') {
      if (stage)
        stage.record({ kind: 'preflight', method, path: opened.file, url: hideToken(url, opened), status: 204 })
      return preflight(res)
    }
    if (method !== 'GET' && method !== 'HEAD') return void res.writeHead(405, { Allow: 'GET, HEAD' }).end()
    if (!stage) {
      stages.recordStray(stageOf(url), method, url, 403)
      return void res.writeHead(403, { 'Cache-Control': 'no-store' }).end()
    }
    await serve(req, res, stage, opened, live)
  }
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  stage: Stage,
  opened: Opened,
  live: LivePlaylists,
): Promise<void> {
  const { method = 'GET', url = '/' } = req
  const range = req.headers.range
  const { refusalCors, cors, mediaStatus, mediaBody, ttfbMs, links, ranges, rangeCapBytes, etag } = stage.settings
  const issue = stage.issueOf(opened.token)
  const entry = stage.record({
    kind: 'media',
    method,
    path: opened.file,
    range: range ?? null,
    issue,
    url: hideToken(url, opened),
    host: hostOf(req).hostname,
  })
  // Judged on arrival, as by a CDN: a slow response may come after the expiry of a request that was in time.
  const refusal = refusalOf(stage, opened, issue)
  const signal = whileOpen(res)
  if (ttfbMs > 0) await wait(ttfbMs, undefined, { signal }).catch(() => {})
  if (res.destroyed) return
  if (cors === 'none' || (refusal && !refusalCors)) for (const name of Object.keys(CORS)) res.removeHeader(name)
  if (cors === 'hidden') res.removeHeader('Access-Control-Expose-Headers')

  const edge = refusal ? undefined : edgeOf(stage, opened, req)
  if (edge !== undefined) {
    entry.status = 302
    return void res.writeHead(302, { Location: edge, 'Cache-Control': 'no-store' }).end()
  }

  if (!refusal && mediaStatus !== null) {
    entry.status = mediaStatus
    return void res.writeHead(mediaStatus).end()
  }
  if (!refusal && mediaBody !== null) return sendText(res, stage, entry, { text: mediaBody, contentType: 'text/html' })
  const diedAt = refusal && stage.settings.staleWhenExpired ? deathOf(stage, opened, issue) : undefined
  if (!refusal || diedAt !== undefined) {
    const query = new URL(url, 'http://host.invalid').searchParams
    const answer = await live.answer(opened, query, stage, { diedAt, signal })
    if (res.destroyed) return
    if (links !== 'relative' && opened.file.endsWith('.m3u8')) {
      const playlist = answer ?? (await live.read(opened, stage, signal))
      const baseUrl = hostOf(req).origin
      if (playlist) return sendText(res, stage, entry, withAbsoluteLinks(playlist, opened, stage, baseUrl))
    }
    if (answer) return sendText(res, stage, entry, answer)
  }
  const file = refusal ? undefined : await live.locate(opened, stage, signal)
  if (res.destroyed) return
  const span = file && (ranges ? readRange(capped(range, rangeCapBytes), file.size) : 'whole')
  const status = refusal ?? (span === undefined ? 404 : span === 'whole' ? 200 : span === 'outside' ? 416 : 206)
  entry.status = status
  const headers: Record<string, string | number> = {
    'Cache-Control': 'no-store',
    Date: new Date(stage.now()).toUTCString(),
    ...(etag && { ETag: etag }),
  }
  if (!file || !span) return void res.writeHead(status, headers).end()
  if (span === 'outside')
    return void res.writeHead(status, { ...headers, 'Content-Range': `bytes */${file.size}` }).end()

  const { start, end } = span === 'whole' ? { start: 0, end: file.size - 1 } : span
  if (status === 206) headers['Content-Range'] = `bytes ${start}-${end}/${file.size}`
  res.writeHead(status, {
    ...headers,
    'Accept-Ranges': ranges ? 'bytes' : 'none',
    'Content-Type': stage.settings.mediaType || file.contentType,
    'Content-Length': end - start + 1,
  })
  if (method === 'HEAD') return void res.end()
  const { cuts } = stage.settings
  const isDead = () =>
    stage.settings.cuts !== cuts || (stage.settings.cutWhenExpired && refusalOf(stage, opened, issue) !== undefined)
  await sendSpan(res, file.path, { start: file.offset + start, end: file.offset + end }, { stage, entry, isDead })
}

/** A range without an end, as servers answer it that send a file in pieces. */
function capped(range: string | undefined, capBytes: number): string | undefined {
  const [, start] = /^bytes=(\d+)-$/.exec(range ?? '') ?? []
  return start === undefined || capBytes === 0 ? range : `bytes=${start}-${Number(start) + capBytes - 1}`
}

/** `now` is in Unix seconds of the stage's clock. */
function refusalOf(
  stage: Stage,
  opened: Opened,
  issue: number | undefined,
  now = Math.floor(stage.now() / 1000),
): number | undefined {
  const { refuse, refuseIssues, refusedFile, viewerAddress } = stage.settings
  if (opened.file === refusedFile) return 403
  if (refuse === 'all' || !opened.isValid(viewerAddress)) return 403
  if (issue !== undefined && issue <= refuseIssues) return 403
  // As in nginx, the URL is valid to the end of the second that it names.
  return now > opened.expiresAt ? opened.expiredStatus : undefined
}

/** Returns when the URL expired, by the machine's clock, or undefined if it is refused for another reason. */
function deathOf(stage: Stage, opened: Opened, issue: number | undefined): number | undefined {
  const { clockSkewMs } = stage.settings
  const diedAt = (opened.expiresAt + 1) * 1000 - clockSkewMs
  return refusalOf(stage, opened, issue, opened.expiresAt) === undefined ? diedAt : undefined
}

/** Returns the URL of the requested file on the edge, or undefined for a request that is answered here. */
function edgeOf(stage: Stage, opened: Opened, req: IncomingMessage): string | undefined {
  const { redirect, redirectToken, edgeLifeMs } = stage.settings
  const { hostname, port } = hostOf(req)
  const isLed = redirect === 'all' || (redirect === 'first' && /^[^/]+\.(?:m3u8|mpd|mp4)$/.test(opened.file))
  if (!isLed || hostname !== '127.0.0.1') return undefined
  const until = edgeLifeMs > 0 ? Math.floor((stage.now() + edgeLifeMs) / 1000) : undefined
  return `http://localhost:${port}${redirectToken === 'dropped' ? edgePath(opened, until) : req.url}`
}

function hostOf({ headers }: IncomingMessage): URL {
  return new URL(`http://${headers.host}`)
}

/** Browsers send cookies only if the response names the page's origin. */
function corsFor(url: string, origin: string | undefined): Record<string, string> {
  if (!takesCookies(url) || origin === undefined) return CORS
  return { ...CORS, 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' }
}

/** Returns a signal that aborts when the viewer leaves. */
function whileOpen(res: ServerResponse): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  return gone.signal
}

function sendText(
  res: ServerResponse,
  stage: Stage,
  entry: LogEntry,
  { text, contentType, status = 200 }: PlaylistAnswer,
): void {
  entry.status = status
  entry.bytes = Buffer.byteLength(text)
  const date = new Date(stage.now()).toUTCString()
  res.writeHead(status, { 'Cache-Control': 'no-store', Date: date, 'Content-Type': contentType })
  res.end(entry.method === 'HEAD' ? undefined : text)
}

function preflight(res: ServerResponse): void {
  const allow = { 'Access-Control-Allow-Methods': 'GET, HEAD', 'Access-Control-Allow-Headers': '*, Range' }
  res.writeHead(204, { ...allow, 'Access-Control-Max-Age': '600' }).end()
}

function hideToken(url: string, { token, expiresAt }: Opened): string {
  return (token && url.replace(token, '-').replace(String(expiresAt), '-')) || url
}
