import type { FileKind } from '../../../src/core/blame.js'
import { Clock } from '../../../src/core/clock.js'
import { oneSignature } from '../../../src/core/coverage/division.js'
import { IssueCoverage } from '../../../src/core/coverage/issue-coverage.js'
import { Signature } from '../../../src/core/signature.js'
import type { SignatureSettings } from '../../../src/core/signature-settings.js'
import { DEFAULT_RETRY } from '../../../src/core/signing/retry.js'
import { SigningClient } from '../../../src/core/signing/signing-client.js'
import { Tries } from '../../../src/core/signing/tries.js'
import { countSignings, noStats } from '../../../src/core/stats.js'
import { FakeCdn } from '../../support/fake-cdn.js'
import { FakeEnvironment } from '../../support/fake-environment.js'
import type { FakeTime } from '../../support/fake-time.js'
import { atOnce, openDivided } from '../../support/open-media.js'
import { recordingListener } from '../../support/recording-listener.js'
import { SIGN } from './seed-urls.js'

export const RULES = { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true }

/** A video that is signed for 60 s at a time, with a CDN, an endpoint, an engine and a listener that records events. */
export function signedVideo(
  time: FakeTime,
  changes: Partial<SignatureSettings> = {},
  sign: (expiresAt: number) => string = SIGN.gcore,
  scope = 'auto',
) {
  const cdn = new FakeCdn(sign)
  const environment = new FakeEnvironment()
  const clock = new Clock(time)
  const stats = noStats()
  const client = new SigningClient(
    {
      endpoint: 'https://club.example/api/playback-url',
      request: { method: 'POST' },
      sign: undefined,
      timeoutMs: 10_000,
      rules: RULES,
      fetch: cdn.endpoint.fetch,
    },
    clock,
  )
  const { events, errors, listener } = recordingListener()
  const signature = new Signature({
    resource: 'final-2026',
    signer: countSignings(client, stats),
    clock,
    environment,
    retry: DEFAULT_RETRY,
    leadTimeMs: undefined,
    refusedStatuses: [401, 403, 410],
    stats,
    tries: new Tries(clock),
    listener,
    ...changes,
  })
  const media = openDivided(signature, () => oneSignature(signature, new IssueCoverage('final-2026')), {
    scope,
    isServed: async (url, part) => cdn.serve(part?.coverage.carry(url) ?? url) === 200,
  })
  let first = ''
  const link = (href: string) => new URL(href, first || undefined).href

  /** A request that has already been sent. */
  function send(url: string) {
    const request = media.request(url)
    request.url()
    return request
  }

  /** What an engine does with one request: send it, report the answer, and send it again while the verdict says so. */
  async function load(href: string, signal?: AbortSignal, kind: FileKind = 'file'): Promise<number> {
    const request = media.request(link(href), { kind, ...(signal && { signal }) })
    for (;;) {
      const status = cdn.serve(await request.url())
      if (!(await request.answered({ status, tookMs: 20 })).again) return status
    }
  }

  return {
    time,
    cdn,
    clock,
    environment,
    errors,
    events,
    signature,
    stats,
    media,
    load,
    send,
    link,
    /** The URL that a request for `url` is sent to. */
    resolve: (url: string, signal?: AbortSignal) => media.request(url, signal && { signal }).url(),
    /** Whether a request that is sent now and answered with `status` must be sent again. */
    isRefusal: (status: number, url: string) => atOnce(send(url).answered({ status })).again,
    /** The URL that a request is sent to next when it is sent now and refused with `status`. */
    resend(url: string, status: number) {
      const request = send(url)
      request.answered({ status })
      return request.url()
    },
    /** Signs the first URL. */
    async start() {
      const starting = signature.start()
      await time.pass(cdn.endpoint.latencyMs)
      first = await starting
      return first
    },
    /** Loads a segment every `everyMs`, for `forMs`. */
    async play(forMs: number, everyMs = 2000) {
      for (let at = 0; at < forMs; at += everyMs) {
        const loading = load(`seg-${at / everyMs}.ts`)
        loading.catch(() => {})
        await time.pass(everyMs)
      }
    },
    get signings() {
      return cdn.endpoint.requests.length
    },
    get reasons() {
      return cdn.endpoint.requests.map(({ body }) => JSON.parse(String(body)).reason)
    },
  }
}

/** Lets time pass until the plugin gives up, in steps that are shorter than any pause after that. */
export async function untilGivenUp(video: ReturnType<typeof signedVideo>): Promise<void> {
  for (let steps = 0; !video.signature.error; steps += 1) {
    if (steps > 1_200) throw new Error('The plugin has not given up within two minutes.')
    await video.time.pass(100)
  }
}

/** Records how a promise settles, without waiting for it. */
export function watch<T>(promise: T | Promise<T>) {
  const outcome: { value: T | undefined; error: unknown; isSettled: boolean } = {
    value: undefined,
    error: undefined,
    isSettled: false,
  }
  Promise.resolve(promise).then(
    (value) => Object.assign(outcome, { value, isSettled: true }),
    (error) => Object.assign(outcome, { error, isSettled: true }),
  )
  return outcome
}
