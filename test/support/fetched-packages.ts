import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** npm is a script on Windows, so it needs a shell. */
const npm = (args: readonly string[], cwd?: string) =>
  run('npm', args, { ...(cwd && { cwd }), shell: process.platform === 'win32', maxBuffer: 10_000_000 })

export interface TemporaryProject {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * Creates a project outside of this one, and installs `packages` in it with npm: names with versions, or tarballs. For what is too large for the development
 * dependencies, and for what has to work as on a user's machine.
 */
export async function createProject(...packages: readonly string[]): Promise<TemporaryProject> {
  const folder = await mkdtemp(join(tmpdir(), 'signed-url-project-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    if (packages.length > 0) await npm(['install', '--no-audit', '--no-fund', ...packages], folder)
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, remove }
}

export interface PackedFile {
  readonly path: string
  readonly size: number
}

/** What `npm publish` would upload: writes the tarball into `folder`, if there is one. */
export async function pack(folder?: string): Promise<{ tarball: string; files: PackedFile[]; unpackedSize: number }> {
  const where = folder ? ['--pack-destination', folder] : ['--dry-run']
  const { stdout } = await npm(['pack', '--json', '--ignore-scripts', ...where])
  const [{ filename, files, unpackedSize }] = JSON.parse(stdout)
  return { tarball: join(folder ?? '', filename), files, unpackedSize }
}
