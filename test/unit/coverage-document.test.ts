import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { IssueCoverage } from '../../src/core/coverage/issue-coverage.js'
import { markdownTable } from '../support/markdown-table.js'
import { SCHEME_EXAMPLES, type SchemeExample } from '../support/scheme-examples.js'

/* Writes docs/coverage.md from what the plugin does. `UPDATE_DOCS=1 npx vitest run --project unit test/unit/coverage-document.test.ts` puts it there. */

const FILE = new URL('../../docs/coverage.md', import.meta.url)
const REFRESHES = 5

/** What happens to a link, as a player resolves it in the first playlist. */
function outcome(example: SchemeExample, href: string): string {
  const coverage = new IssueCoverage('final-2026')
  const add = (n: number) => coverage.add(example.sign(n))
  add(0)
  const link = new URL(href, example.sign(0)).href
  const [, query] = example.sign(0).split('?')
  if (coverage.carry(link) === `${link}?${query}`) return 'credentials are added'
  // A path that no reader knows shows itself at the first refresh.
  add(1)
  return coverage.carry(link) === link ? 'left as it is' : 'has them in its path'
}

/** How the first issue's URL fares through refreshes. */
function refreshed(example: SchemeExample): string {
  const coverage = new IssueCoverage('final-2026')
  for (let n = 0; n <= REFRESHES; n += 1) coverage.add(example.sign(n))
  const isRefreshed = Array.from({ length: REFRESHES }, (_, n) => coverage.carry(example.sign(n))).every(
    (url) => url === example.sign(REFRESHES),
  )
  return isRefreshed ? 'exchanged' : 'lost'
}

const ROWS = SCHEME_EXAMPLES.map((example) => {
  const { name, tell = 'nothing', isOneFile } = example
  const [below, above] = isOneFile ? ['–', '–'] : [outcome(example, '720p/seg-1.ts'), outcome(example, '../keys/1.key')]
  return [name, below ?? '', above ?? '', refreshed(example), tell]
})

const HEAD = [
  'Scheme',
  'A link below the folder',
  'A link above it, `../keys/1.key`',
  'After a refresh',
  'What to tell the plugin',
]

const DOCUMENT = `# What one signature covers, scheme by scheme

A signature covers what its credentials say that they open, or else the folder of its file. The table shows it for each scheme, and what you have to tell the plugin.

This page is made by [a test](../test/unit/coverage-document.test.ts) from what the plugin does with each scheme's URLs. The video's URL is \`/film7/hls/master.m3u8\`, signed. Its playlist has links below that folder, and one above it.

${markdownTable([HEAD, ...ROWS])}

- **Credentials are added**: the whole query of the signed URL, onto a link that has none of its keys.
- **Has them in its path**: the link is relative, so it inherits the path's credentials, and after a refresh it gets the newest ones.
- **Left as it is**: the signed URL doesn't say that it opens the link. If it does open it, let the endpoint's answer say so with \`covers\`.
- **Exchanged**: five refreshes later, a URL that was made from the first signed URL has become the newest one, byte for byte.

## Links that a playlist signs itself

Mux, Wowza, Amazon IVS, Kinesis Video, Brightcove, PeerTube, Kaltura, and servers that exchange one token for another (Akamai's \`hdnea\` for \`hdntl\`) write signed links into their playlists and MPDs. The plugin finds such a link in one of three ways:

1. It has an expiry that no URL of the endpoint has, or another value for one of the signer's keys.
2. It is another link when the same playlist is read again.
3. It is refused, and it is another link after the playlist was fetched again for that.

From then on it is the playlist's: when it is due, the playlist is fetched again, and the link is answered by its successor. HLS: the link with the same media sequence number, where duration and discontinuity are the same. DASH: the link of the same Period, AdaptationSet and Representation, with the same number or time.

## What can't be found out

- **A signature for each file** (\`scope: 'file'\`): only the endpoint knows how each file is signed.
- **Cookies** (\`scope: 'cookie'\`): scripts can't see them.
- **The expiry of a token that shows none**: let the answer say \`expiresIn\`. Otherwise each life of the URL ends with one refused request, which is repaired unseen.
`

it('docs/coverage.md shows what the plugin does', () => {
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, DOCUMENT)
  expect(readFileSync(FILE, 'utf8')).toBe(DOCUMENT)
})

it('every scheme is refreshed', () => {
  expect(ROWS.filter(([, , , after]) => after !== 'exchanged')).toEqual([])
})
