import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, type InlineConfig, type Plugin, preview } from 'vite'
import { makeFilms } from '../../../demo/server/made-films.js'
import { createProject, type TemporaryProject } from '../../support/fetched-packages.js'
import type { Contestant } from './contestants.js'

const PAGES = resolve('test/bench/contestants/pages')

export interface Site {
  readonly url: string
  /** Why the player of a contestant can't be served. */
  readonly failures: ReadonlyMap<Contestant, string>
  close(): Promise<void>
}

/** Fetches the packages, builds a page and each player on its own, and serves them with the demo's signing endpoint and origin. */
export async function openSite(contestants: readonly Contestant[]): Promise<Site> {
  await makeFilms()
  const outDir = mkdtempSync(join(tmpdir(), 'signed-url-contestants-'))
  const packages = new Map<string, Promise<TemporaryProject>>()
  const fetchPackage = (name: string) => {
    const fetched = packages.get(name) ?? createProject(name)
    packages.set(name, fetched)
    return fetched
  }
  const failures = new Map<Contestant, string>()
  await build({
    ...common(join(outDir), '/'),
    root: PAGES,
    build: { outDir, target: 'es2022', rolldownOptions: { input: join(PAGES, 'page.html') } },
  })
  const builds = new Map<string, Promise<unknown>>()
  for (const contestant of contestants) {
    const { player, packages: needed } = contestant
    const built =
      builds.get(player) ?? Promise.all(needed.map(fetchPackage)).then((from) => buildPlayer(outDir, player, from))
    builds.set(player, built)
    await built.catch((error: unknown) => failures.set(contestant, sentenceOf(error)))
  }
  // The config provides the signing endpoint and the protected origin.
  const server = await preview({
    build: { outDir },
    preview: { port: 5430, host: 'localhost' },
    logLevel: 'error',
  })
  return {
    url: server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '',
    failures,
    async close() {
      await server.close()
      rmSync(outDir, { recursive: true })
      const fetched = await Promise.allSettled(packages.values())
      for (const project of fetched) if (project.status === 'fulfilled') await project.value.remove()
    },
  }
}

function common(outDir: string, base: string): InlineConfig {
  return { configFile: false, logLevel: 'error', base, build: { outDir } }
}

async function buildPlayer(outDir: string, player: string, projects: readonly TemporaryProject[]): Promise<void> {
  const folder = join(outDir, player)
  await build({
    ...common(folder, `/${player}/`),
    plugins: [packagesFrom(projects)],
    resolve: { alias: { 'videojs-signed-url': resolve('dist/videojs-signed-url.js') } },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: folder,
      target: 'es2022',
      rolldownOptions: {
        input: join(PAGES, 'players', `${player}.ts`),
        preserveEntrySignatures: 'exports-only',
        output: { entryFileNames: 'player.js' },
      },
    },
  })
}

/** Finds a package in the folders it was fetched into. */
function packagesFrom(projects: readonly TemporaryProject[]): Plugin {
  return {
    name: 'fetched-packages',
    enforce: 'pre',
    async resolveId(id, importer) {
      if (/^[./\0]/.test(id) || importer?.includes('node_modules')) return null
      for (const { folder } of projects) {
        const found = await this.resolve(id, join(folder, 'index.js'), { skipSelf: true })
        if (found?.id.startsWith(folder)) return found
      }
      return null
    },
  }
}

/** The first line of a message that says something. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n').find((line) => line.trim() !== '') ?? 'It said nothing.'
}
