import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/* `npm ci` uses the lock file unchanged on every platform, so it must contain what each platform needs. */

interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>
}
interface LockFile {
  readonly packages: Readonly<Record<string, Entry>>
}

/** What `packages` lacks, as `A needs B`. Node looks for a package next to the one that needs it, and in each folder above. */
function missingFrom(packages: LockFile['packages']): string[] {
  const isListed = (from: string, name: string): boolean => {
    if (Object.hasOwn(packages, `${from === '' ? '' : `${from}/`}node_modules/${name}`)) return true
    return from !== '' && isListed(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)
  }
  return Object.entries(packages).flatMap(([path, entry]) => {
    const peers = Object.keys(entry.peerDependencies ?? {}).filter(
      (name) => entry.peerDependenciesMeta?.[name]?.optional !== true,
    )
    const needed = [
      ...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.devDependencies }),
      ...peers,
    ]
    return needed.filter((name) => !isListed(path, name)).map((name) => `${path || 'the project'} needs ${name}`)
  })
}

describe('the lock file', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const { packages }: LockFile = JSON.parse(readFileSync('package-lock.json', 'utf8'))

  it('contains what package.json requires', () => {
    const { dependencies, devDependencies, peerDependencies } = packages[''] ?? {}
    expect({ dependencies, devDependencies, peerDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      peerDependencies: manifest.peerDependencies,
    })
  })

  it('contains what every package in it needs, on every platform', () => {
    expect(missingFrom(packages)).toEqual([])
  })

  it('is found incomplete when the package for one platform is missing', () => {
    const { 'node_modules/@biomejs/cli-darwin-arm64': left, ...others } = packages
    expect(left).toBeDefined()
    expect(missingFrom(others)).toEqual(['node_modules/@biomejs/biome needs @biomejs/cli-darwin-arm64'])
  })

  it('lists each package with version and checksum, and without an address', () => {
    const [, ...entries] = Object.entries(packages)
    expect(entries.filter(([, { version, integrity }]) => !version || !integrity)).toEqual([])
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })
})
