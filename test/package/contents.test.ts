import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pack } from '../support/fetched-packages.js'

/* What `npm publish` uploads. */

const PUBLISHED = [
  /^package\.json$/,
  /^(?:README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/[\w.-]+\.js(?:\.map)?$/,
  /^dist\/lang\/\w\w\.json$/,
  /^dist\/lang\/\w\w\.js$/,
  /^dist\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
]
const MAX_UNPACKED_BYTES = 3_000_000

describe('the npm package', async () => {
  const { files, unpackedSize } = await pack()
  const paths = files.map(({ path }) => path)

  it('contains the build, its types and languages, README, CHANGELOG and LICENSE, and nothing else', () => {
    expect(paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([])
    expect(PUBLISHED.filter((pattern) => !paths.some((path) => pattern.test(path)))).toEqual([])
  })

  it('contains every file that package.json names', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    const { './lang/*': _languages, ...entries } = manifest.exports
    const named = [manifest.unpkg, manifest.jsdelivr, manifest.types, JSON.stringify(entries)]
      .join()
      .match(/\.\/dist\/[\w./-]+/g)
    expect(named?.length).toBeGreaterThanOrEqual(9)
    expect(named?.filter((path) => !paths.includes(path.slice(2)))).toEqual([])
  })

  it('contains no types of a module that is gone', () => {
    const types = paths.filter((path) => path.endsWith('.d.ts'))
    const isInSource = (path: string) => existsSync(path.replace('dist/', 'src/').replace('.d.ts', '.ts'))
    expect(types.filter((path) => !isInSource(path))).toEqual([])
  })

  it(`unpacks to at most ${MAX_UNPACKED_BYTES / 1e6} MB`, () => {
    expect(unpackedSize).toBeLessThanOrEqual(MAX_UNPACKED_BYTES)
  })
})
