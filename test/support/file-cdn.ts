import { Clock } from '../../src/core/clock.js'
import type { SignedUrlError } from '../../src/core/errors.js'
import { DEFAULT_RETRY } from '../../src/core/retry.js'
import { SignedSource } from '../../src/core/signed-source.js'
import { SigningClient } from '../../src/core/signing-client.js'
import { FileRequests } from '../../src/scopes/file-requests.js'
import { nginxSecureLink } from '../../src/signers/index.js'
import { type EndpointRequest, FakeEndpoint } from './fake-endpoint.js'
import { FakeEnvironment } from './fake-environment.js'
import type { FakeTime } from './fake-time.js'

export const FOLDER = 'https://cdn.example/vod/final/'
export const TOP = `${FOLDER}master.m3u8`

/** A VOD playlist of `count` segments of `durationS`. */
export function playlist(count: number, durationS = 2, head = ''): string {
  const segments = Array.from({ length: count }, (_, index) => `#EXTINF:${durationS},\nseg-${index}.ts`)
  return ['#EXTM3U', `#EXT-X-TARGETDURATION:${durationS}`, head, ...segments, '#EXT-X-ENDLIST'].join('\n')
}

/** A film whose every file is signed for itself, with its CDN and its endpoint. */
export function fileFilm(
  time: FakeTime,
  { lifeS = 60, allowedOrigins }: { lifeS?: number; allowedOrigins?: string[] } = {},
) {
  const clock = new Clock(time)
  const environment = new FakeEnvironment()
  const state = { lifeS, hasBatches: true, secret: 'secret' }
  const sign = (url: string) =>
    nginxSecureLink({ url, secret: state.secret, expiresAt: Math.ceil(Date.now() / 1000) + state.lifeS })
  const answer = (resource: string): unknown => ({ url: sign(resource) })
  const endpoint = new FakeEndpoint((request) => {
    const { resource, resources } = asked(request)
    if (!resources) return Response.json(answer(resource))
    return state.hasBatches ? Response.json({ urls: resources.map(answer) }) : new Response('', { status: 405 })
  })
  const client = new SigningClient(
    {
      endpoint: 'https://club.example/api/playback-url',
      timeoutMs: 10_000,
      rules: { baseUrl: 'https://club.example/', allowedOrigins, isSecurePage: true },
      fetch: endpoint.fetch,
    },
    clock,
  )
  const events: string[] = []
  const errors: SignedUrlError[] = []
  const source = new SignedSource({
    resource: TOP,
    client,
    clock,
    environment,
    retry: DEFAULT_RETRY,
    refusedStatuses: [401, 403, 410],
    listener: {
      onRefreshing: (reason) => events.push(`refreshing ${reason}`),
      onIssue: ({ reason }) => events.push(`issue ${reason}`),
      onFailure: (error, willRetry) => {
        errors.push(error)
        events.push(`failure ${error.code}${willRetry ? '' : ', final'}`)
      },
      onSettled: () => {},
    },
  })
  const requests = new FileRequests(source, client, allowedOrigins)
  const served: { url: string; status: number }[] = []

  /** What the CDN answers, of its own reckoning. */
  const check = (url: string) => {
    const expires = Number(new URL(url).searchParams.get('expires'))
    const bare = url.replace(/[?&](?:token|expires)=[^&]*/g, '').replace(/^([^?&]*)&/, '$1?')
    const right = nginxSecureLink({ url: bare, secret: state.secret, expiresAt: expires || 1 })
    const tokenIn = (text: string) => new URL(text).searchParams.get('token')
    if (tokenIn(right) !== tokenIn(url)) return 403
    return expires >= Math.floor(Date.now() / 1000) ? 200 : 410
  }

  return {
    state,
    source,
    requests,
    endpoint,
    environment,
    events,
    errors,
    served,
    /** What an engine does with one request. */
    async load(url: string, signal?: AbortSignal): Promise<string> {
      const file = requests.of(url)
      let sent = await file.resolve(url, signal)
      for (;;) {
        const sentAt = file.now()
        const status = check(sent)
        served.push({ url: sent, status })
        if (status === 200) file.accepted(sent, sentAt, 20)
        if (status === 200 || !file.isRefusal(status, sent)) return sent
        sent = await file.repair(sent, status, sentAt, signal)
      }
    },
    read: (text: string, url = `${FOLDER}playlist.m3u8`) => requests.readPlaylist(text, url, url),
    refused: () => served.filter(({ status }) => status !== 200),
    /** The files that each signing request asked for, by their names. */
    get asked(): string[][] {
      return endpoint.requests.map((request) => {
        const { resource, resources } = asked(request)
        return (resources ?? [resource]).map((url) => url.replace(FOLDER, ''))
      })
    },
  }
}

function asked({ url, body }: EndpointRequest): { resource: string; resources?: string[] } {
  return body ? JSON.parse(String(body)) : { resource: new URL(url).searchParams.get('resource') ?? '' }
}
