import { setTimeout as wait } from 'node:timers/promises'
import { signingEndpoint } from '../../src/signers/index.js'
import type { FilmFiles } from './film-files.js'
import { signPlace } from './schemes.js'
import { originFor } from './site-address.js'
import type { LogEntry, Stage, Stages } from './stages.js'

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*, Authorization',
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Expose-Headers': 'Date, Retry-After',
}

/**
 * The signing endpoint of a stage, `/api/playback-url?stage=…`: the package's `signingEndpoint`, with the faults and the clock
 * of the stage. Calls `originUrl` for each request, because the origin gets its port later.
 */
export function createPlaybackUrl(stages: Stages, films: FilmFiles, originUrl: () => Promise<string>) {
  return async (request: Request): Promise<Response> => {
    const { searchParams, pathname } = new URL(request.url)
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: CORS })
    const stage = stages.get(searchParams.get('stage') ?? 'demo')
    if (!stage) return Response.json({ error: 'There is no such stage.' }, { status: 404, headers: CORS })

    const { resources, reason, isBatch } = await readQuestion(request.clone(), searchParams)
    const url = request.url.slice(request.url.indexOf(pathname))
    const entry = stage.record({ kind: 'sign', method: request.method, path: resources.join(' '), reason, url })
    if (stage.settings.endpointDelayMs > 0) await whileAsked(stage.settings.endpointDelayMs, request.signal)
    const response = fault(stage, isBatch) ?? (await answer(request, stage, entry))
    // A request whose sender has left keeps status 0, because its outcome is unknown.
    if (!request.signal.aborted) entry.status = response.status
    request.signal.addEventListener('abort', () => {
      entry.status = 0
    })
    if (response.type === 'error') return response
    for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value)
    response.headers.set('Date', new Date(stage.endpointNow()).toUTCString())
    return response
  }

  async function answer(request: Request, stage: Stage, entry: LogEntry): Promise<Response> {
    const origin = originFor(request, await originUrl())
    let cookie: string | undefined
    const sign = (resource: string) => {
      const film = films.find(resource)
      if (!film) return null
      const { scheme, viewerAddress: address } = stage.settings
      // Cookies ignore ports: those that this response sets reach an origin with the same host name.
      const baseUrl = scheme === 'cookie' ? withHostOf(request, origin) : origin
      const place = { ...film, stage: stage.id, baseUrl, address }
      const issue = stage.issue(resource, (expiresAt) => signPlace(scheme, { ...place, expiresAt }))
      entry.issue = issue.number
      cookie = issue.cookie
      return issue
    }
    const response = await signingEndpoint({ sign, authorize: () => true, anyResource: true })(request)
    if (!response.ok) return new Response(response.body, response)
    const body: Signed | { urls: (Signed | null)[] } = await response.json()
    const inStyle = (signed: Signed) => styled(signed, stage)
    const init = { headers: { 'Cache-Control': 'no-store', ...(cookie && { 'Set-Cookie': cookie }) } }
    if ('urls' in body) return Response.json({ urls: body.urls.map((signed) => signed && inStyle(signed)) }, init)
    const said = inStyle(body)
    return typeof said === 'string' ? new Response(said, init) : Response.json(said, init)
  }
}

/** Waits for `ms`, or until the client leaves. */
function whileAsked(ms: number, signal: AbortSignal): Promise<void> {
  return wait(ms, undefined, { signal }).catch(() => {})
}

interface Signed {
  url: string
  expiresAt: number
}

function withHostOf(request: Request, origin: string): string {
  const url = new URL(origin)
  url.hostname = new URL(request.url).hostname
  return url.origin
}

/** Returns the answer in the stage's format and clock. `signingEndpoint` knows only the machine's clock. */
function styled({ url, expiresAt }: Signed, stage: Stage): string | object {
  const serverTime = stage.endpointNow() / 1000
  switch (stage.settings.answer) {
    case 'text':
      return url
    case 'json':
      return { url }
    case 'expiresIn':
      return { url, expiresIn: Math.round((expiresAt - serverTime) * 1000) / 1000 }
    case 'expiresAt':
      return { url, expiresAt, serverTime }
  }
}

function fault(stage: Stage, isBatch: boolean): Response | undefined {
  const { settings } = stage
  if (isBatch && !settings.endpointBatches) return Response.json({ error: 'No batches here.' }, { status: 400 })
  if (!stage.takeFault()) return undefined
  const { endpointStatus: status, endpointBody, endpointContentType, endpointRedirect, endpointRetryAfter } = settings
  if (settings.endpointDead) return Response.error()
  if (endpointRedirect !== null) return new Response(null, { status: 307, headers: { Location: endpointRedirect } })
  if (status !== null) {
    const headers = {
      'Content-Type': endpointContentType,
      ...(endpointRetryAfter !== null && { 'Retry-After': String(endpointRetryAfter) }),
    }
    const hasBody = status !== 204 && status !== 205 && status !== 304
    return new Response(hasBody ? (endpointBody ?? '{"error":"The stage says so."}') : null, { status, headers })
  }
  if (endpointBody !== null) return new Response(endpointBody, { headers: { 'Content-Type': endpointContentType } })
  return undefined
}

async function readQuestion(request: Request, query: URLSearchParams) {
  const body: unknown = request.method === 'POST' ? await request.json().catch(() => null) : null
  const fields = new Map<string, unknown>(Object.entries(body ?? {}))
  const batch = fields.get('resources')
  const one = fields.get('resource') ?? query.get('resource') ?? ''
  const reason = fields.get('reason')
  return {
    resources: (Array.isArray(batch) ? batch : [one]).map(String),
    reason: typeof reason === 'string' ? reason : undefined,
    isBatch: batch !== undefined,
  }
}
