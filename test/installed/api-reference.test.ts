import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FULL } from '../support/in-browser.js'

/* TypeDoc doesn't read TypeScript 7 yet, so `npm run docs:api` fetches an older one beside it. */

describe('npm run docs:api', () => {
  it('makes a page for each export, and finds nothing to warn of', FULL, async () => {
    const out = await mkdtemp(join(tmpdir(), 'api-'))
    try {
      await promisify(execFile)('npm', ['run', '--silent', 'docs:api', '--', '--out', out])
      const pages = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.html'))
      for (const name of ['SignedUrlOptions', 'SignedUrlError', 'readExpiry', 'signingEndpoint', 'checkSignedUrl'])
        expect(
          pages.some((page) => page.endsWith(`.${name}.html`)),
          name,
        ).toBe(true)
    } finally {
      await rm(out, { recursive: true })
    }
  })
})
