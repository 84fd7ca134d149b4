import { expect, it } from 'vitest'
import { Clock } from '../../src/core/clock.js'
import { oneSignature } from '../../src/core/coverage/division.js'
import { IssueCoverage } from '../../src/core/coverage/issue-coverage.js'
import { Signature } from '../../src/core/signature.js'
import { DEFAULT_RETRY } from '../../src/core/signing/retry.js'
import { SigningClient } from '../../src/core/signing/signing-client.js'
import { Tries } from '../../src/core/signing/tries.js'
import { noStats } from '../../src/core/stats.js'
import { signedXhr, type XhrRequest } from '../../src/engines/vhs/signed-xhr.js'
import { gcore, nginxSecureLink } from '../../src/signers/index.js'
import { recordRow } from '../figures/record.js'
import { FakeEnvironment } from '../support/fake-environment.js'
import { openDivided } from '../support/open-media.js'

/* The script time that the plugin adds to each media request. */

const BUDGET_US = 20
const REQUESTS = 20_000
const ROUNDS = 9
/** More issues than are remembered. */
const REFRESHES = 70

const SIGNERS: Record<string, (expiresAt: number) => string> = {
  'a token in the path': (expiresAt) =>
    gcore({ baseUrl: 'https://cdn.example', clientId: 1, videoId: 'film', secret: 's', expiresAt }),
  'a token in the query': (expiresAt) =>
    nginxSecureLink({ url: 'https://cdn.example/videos/film/master.m3u8', secret: 's', expiresAt }),
}

async function openMedia(sign: (expiresAt: number) => string) {
  let expiresAt = Math.floor(Date.now() / 1000) + 3600
  const clock = new Clock()
  const client = new SigningClient(
    {
      endpoint: undefined,
      request: {},
      sign: () => sign(expiresAt++),
      timeoutMs: 10_000,
      rules: { baseUrl: 'https://club.example/', allowedOrigins: undefined, isSecurePage: true },
      fetch,
    },
    clock,
  )
  const signature = new Signature({
    resource: 'final-2026',
    signer: client,
    stats: noStats(),
    tries: new Tries(clock),
    clock,
    environment: new FakeEnvironment(),
    retry: DEFAULT_RETRY,
    leadTimeMs: undefined,
    refusedStatuses: [401, 403, 410],
    listener: { onRefreshing() {}, onIssue() {}, onFailure() {}, onSettled() {} },
  })
  const media = openDivided(signature, () => oneSignature(signature, new IssueCoverage('final-2026')))
  const first = await media.start()
  for (let refresh = 0; refresh < REFRESHES; refresh += 1) await signature.refresh('manual')
  return { media, link: (file: string) => new URL(file, first).href }
}

/** Microseconds per call, the median of several rounds. */
function timeOf(call: (index: number) => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const from = performance.now()
    for (let index = 0; index < REQUESTS; index += 1) call(index)
    return (1000 * (performance.now() - from)) / REQUESTS
  })
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
}

function report(what: string, us: number): void {
  console.info(`${what}: ${us.toFixed(2)} of ${BUDGET_US} µs (${(us / BUDGET_US).toFixed(2)})`)
  expect(us).toBeGreaterThan(0)
  recordRow('cost', { part: what, us })
}

it.each(Object.entries(SIGNERS))('url() for %s, after many refreshes', async (name, sign) => {
  const { media, link } = await openMedia(sign)
  const links = Array.from({ length: 100 }, (_, index) => link(`720p/seg-${index}.m4s`))
  expect(media.request(links[0] ?? '').url()).not.toBe(links[0])
  report(
    `url(), ${name}`,
    timeOf((index) => media.request(links[index % 100] ?? '').url()),
  )
})

it('the façade over the xhr of VHS, compared with that xhr', async () => {
  const { media, link } = await openMedia(SIGNERS['a token in the path'] ?? String)
  const links = Array.from({ length: 100 }, (_, index) => link(`720p/seg-${index}.m4s`))
  const xhr = (_options: object, callback: (error: null, request: XhrRequest) => void): XhrRequest => {
    const request: XhrRequest = { status: 200, responseURL: '', responseText: '', abort() {}, addEventListener() {} }
    callback(null, request)
    return request
  }
  const signed = signedXhr(xhr, media)
  const load = (through: typeof signed) => (index: number) =>
    through({ uri: links[index % 100], requestType: 'segment' }, (_error, request) => request.status)
  report('façade over vhs.xhr', timeOf(load(signed)) - timeOf(load(xhr)))
})
