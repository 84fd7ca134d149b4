import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkSignedUrl } from '../../../src/check/index.js'
import { AutoDivision } from '../../../src/core/coverage/auto-division.js'
import { HLS } from '../../../src/core/coverage/hls-format.js'
import { FakeTime } from '../../support/fake-time.js'
import { atOnce, openDivided } from '../../support/open-media.js'
import { SCHEME_EXAMPLES } from '../../support/scheme-examples.js'
import { signatureOf } from '../core/coverage/signed-playlists.js'

/* `check` sends for each link what the player sends. */

const LINKS = ['720p/seg-1.ts', '../keys/1.key', 'https://other.example/seg-2.ts']
const PLAYLIST = `#EXTM3U
#EXT-X-KEY:METHOD=AES-128,URI="${LINKS[1]}"
#EXTINF:2,
${LINKS[0]}
#EXTINF:2,
${LINKS[2]}
#EXT-X-ENDLIST
`

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

async function sentByPlayer(signedUrl: string): Promise<string[]> {
  const made = signatureOf(time, () => Response.json({ url: signedUrl, expiresIn: 60 }))
  const media = openDivided(made.signature, (refusals) => new AutoDivision({ ...made, refusals, formats: [HLS] }))
  const asked = await media.start()
  const top = media.request(asked, { kind: 'playlist' })
  expect(atOnce(top.answered({ status: 200, url: await top.url(), text: PLAYLIST })).again).toBe(false)
  return Promise.all(LINKS.map((link) => media.request(new URL(link, asked).href).url()))
}

async function sentByCheck(url: string): Promise<string[]> {
  const sent: string[] = []
  const serve: typeof fetch = async (input) => {
    sent.push(String(input))
    return new Response(/master\.m3u8/.test(String(input)) ? PLAYLIST : 'media')
  }
  await checkSignedUrl({ url, waitMs: 0, fetch: serve })
  return sent
}

it.each(SCHEME_EXAMPLES.filter(({ isOneFile }) => !isOneFile).map(({ name, sign }) => [name, sign(1)] as const))(
  'sends for each link what the player sends: %s',
  async (_name, url) => {
    const [sent, byPlayer] = [await sentByCheck(url), await sentByPlayer(url)]
    expect(byPlayer).toHaveLength(LINKS.length)
    // What lies on a host that was not named is only looked at.
    const { origin } = new URL(url)
    expect(sent).toEqual(expect.arrayContaining(byPlayer.filter((link) => link.startsWith(origin))))
    expect(sent.every((link) => link.startsWith(origin))).toBe(true)
  },
)
