import { Clock } from '../../../../src/core/clock.js'
import { HLS } from '../../../../src/core/coverage/hls-format.js'
import { SignaturePerFile } from '../../../../src/core/coverage/signature-per-file.js'
import { Signature } from '../../../../src/core/signature.js'
import { DEFAULT_RETRY } from '../../../../src/core/signing/retry.js'
import { SigningClient } from '../../../../src/core/signing/signing-client.js'
import { Tries } from '../../../../src/core/signing/tries.js'
import { countSignings, noStats } from '../../../../src/core/stats.js'
import { nginxSecureLink } from '../../../../src/signers/index.js'
import { type EndpointRequest, FakeEndpoint } from '../../../support/fake-endpoint.js'
import { FakeEnvironment } from '../../../support/fake-environment.js'
import type { FakeTime } from '../../../support/fake-time.js'
import { openDivided } from '../../../support/open-media.js'
import { recordingListener } from '../../../support/recording-listener.js'

export const FOLDER = 'https://cdn.example/vod/final/'
export const TOP = `${FOLDER}master.m3u8`

/** A VOD playlist of `count` segments of `durationS`. */
export function playlist(count: number, durationS = 2, head = ''): string {
  const segments = Array.from({ length: count }, (_, index) => `#EXTINF:${durationS},\nseg-${index}.ts`)
  return ['#EXTM3U', `#EXT-X-TARGETDURATION:${durationS}`, head, ...segments, '#EXT-X-ENDLIST'].join('\n')
}

/** A video in which every file has its own signature, with its CDN and its endpoint. */
export function signedFiles(
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
    const { resource, resources } = requestedIn(request)
    if (!resources) return Response.json(answer(resource))
    return state.hasBatches ? Response.json({ urls: resources.map(answer) }) : new Response('', { status: 405 })
  })
  const stats = noStats()
  const signing = new SigningClient(
    {
      endpoint: 'https://club.example/api/playback-url',
      timeoutMs: 10_000,
      rules: { baseUrl: 'https://club.example/', allowedOrigins, isSecurePage: true },
      fetch: endpoint.fetch,
    },
    clock,
  )
  const client = countSignings(signing, stats)
  const { events, errors, listener } = recordingListener()
  const signature = new Signature({
    resource: TOP,
    signer: client,
    stats,
    tries: new Tries(clock),
    clock,
    environment,
    retry: DEFAULT_RETRY,
    refusedStatuses: [401, 403, 410],
    listener: { ...listener, onSettled: () => {} },
  })
  let division: SignaturePerFile
  const media = openDivided(signature, (refusals) => {
    division = new SignaturePerFile({ formats: [HLS], signature, client, allowedOrigins, refusals })
    return division
  })
  const served: { url: string; status: number }[] = []

  /** The status that the CDN answers with. It computes the token itself. */
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
    signature,
    media,
    endpoint,
    environment,
    events,
    errors,
    served,
    /** What an engine does with one request: send it, and send it again while the verdict says so. */
    async load(url: string, signal?: AbortSignal): Promise<string> {
      const request = media.request(url, signal && { signal })
      for (;;) {
        const sent = await request.url()
        const status = check(sent)
        served.push({ url: sent, status })
        if (!(await request.answered({ status, tookMs: 20 })).again) return sent
      }
    },
    /** Makes the media read a playlist without requesting it. */
    read: (text: string, url = `${FOLDER}playlist.m3u8`) =>
      division.readPlaylist({ text, askedUrl: url, sentUrl: url, baseUrl: url }),
    refused: () => served.filter(({ status }) => status !== 200),
    /** The file names in each signing request. */
    get requested(): string[][] {
      return endpoint.requests.map((request) => {
        const { resource, resources } = requestedIn(request)
        return (resources ?? [resource]).map((url) => url.replace(FOLDER, ''))
      })
    },
  }
}

function requestedIn({ url, body }: EndpointRequest): { resource: string; resources?: string[] } {
  return body ? JSON.parse(String(body)) : { resource: new URL(url).searchParams.get('resource') ?? '' }
}
