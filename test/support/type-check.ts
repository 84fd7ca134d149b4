import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './documents.js'

const MODULES = join(ROOT, 'node_modules')
/** Where each version's types are: Video.js 7 has none of its own. */
const VIDEO_JS = {
  7: { 'video.js': 'video.js-7', '@types/video.js': 'types-video.js-7' },
  8: { 'video.js': 'video.js', '@videojs': '@videojs' },
}

export interface TypeCheck {
  /** The folder of the TypeScript package. Default: the one of this project. */
  readonly typescript?: string
  readonly videojs: keyof typeof VIDEO_JS
  readonly moduleResolution: 'nodenext' | 'bundler'
  /** Further files by name, beside those of `test/types`. */
  readonly files?: Readonly<Record<string, string>>
}

/**
 * Compiles `test/types` in a project that has the built package and Video.js installed. Returns what TypeScript prints: nothing, when all is well.
 *
 * The packages are copied, because TypeScript looks for a package's own dependencies where a link leads to: it would find this project's Video.js.
 */
export async function typeErrors({ typescript, videojs, moduleResolution, files = {} }: TypeCheck): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'signed-url-types-'))
  try {
    const own = join(project, 'node_modules/videojs-signed-url')
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true })
    for (const file of ['dist', 'package.json']) copyTypes(join(ROOT, file), join(own, file))
    for (const [name, from] of Object.entries(VIDEO_JS[videojs]))
      copyTypes(join(MODULES, from), join(project, 'node_modules', name))
    symlinkSync(join(MODULES, 'hls.js'), join(project, 'node_modules/hls.js'))
    cpSync(join(ROOT, 'test/types'), project, { recursive: true })
    const isNodeNext = moduleResolution === 'nodenext'
    const write = (name: string, text: string) => writeFileSync(join(project, name), text)
    for (const [name, text] of Object.entries(files)) write(name, text)
    write(
      'version.test-d.ts',
      `import type { VideoJsPlayer } from 'video.js'
import type { Equal, Expect } from './equal.js'
import videojs from './videojs.js'
// The player of Video.js 7's types.
export type Version = Expect<Equal<Equal<ReturnType<typeof videojs>, VideoJsPlayer>, ${videojs === 7}>>`,
    )
    if (isNodeNext) write('videojs.ts', "import videojs from 'video.js'\nexport default videojs.default\n")
    write('package.json', '{ "type": "module" }')
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      types: [],
      // The types of hls.js 1.6 need TypeScript 5.7.
      skipLibCheck: true,
      module: isNodeNext ? 'nodenext' : 'esnext',
      moduleResolution,
    }
    write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const tsc = join(typescript ?? join(MODULES, 'typescript'), 'lib/tsc.js')
    return await new Promise((resolve) => {
      execFile(process.execPath, [tsc, '-p', '.'], { cwd: project }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      )
    })
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

function copyTypes(from: string, to: string): void {
  const isNeeded = (path: string) => /\.d\.ts$|package\.json$/.test(path) || statSync(path).isDirectory()
  cpSync(from, to, { recursive: true, filter: isNeeded })
}
