import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUDGETS, bundleSizes } from '../support/bundle-sizes.js'

/* The published files, as `npm run build` writes them to dist. */

const dist = resolve('dist')
const read = (file: string) => readFileSync(join(dist, file), 'utf8')
const browserFiles = readdirSync(dist).filter((file) => file.endsWith('.js') && file !== 'signers.js')

describe('the built files', () => {
  it.each(browserFiles)('%s contains nothing of the signers: no secret, no MD5, no import', (file) => {
    const text = read(file)
    expect(text).not.toMatch(/signers|noble|md5\s*\(|secure_link_expires|CEmediaS3cret/)
    expect(text, 'MD5’s round constants').not.toMatch(/0xd76aa478|3614090360|-680876936/)
  })

  it('the signers do contain MD5, so that the check above can fail', () => {
    expect(read('signers.js')).toMatch(/0xd76aa478|3614090360|-680876936|Math\.abs\(Math\.sin/)
  })

  it('the script-tag build is one file that imports nothing', () => {
    expect(read('videojs-signed-url.iife.js')).not.toMatch(/\bimport\s*\(|\brequire\s*\(/)
  })

  it('the service worker is one classic script, so that a site’s own worker can import it', () => {
    const script = read('service-worker.js')
    expect(() => new Script(script)).not.toThrow()
    expect(script).toContain('addEventListener')
    expect(script).not.toMatch(/sourceMappingURL|\bimport\b|\bexport\b/)
  })

  it.each(['de', 'es', 'fr'])('the language %s is a JSON file and a script that adds it, both exported', (code) => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(exports['./lang/*']).toBe('./dist/lang/*')
    const added: unknown[] = []
    const videojs = { addLanguage: (...language: unknown[]) => added.push(...language) }
    new Script(read(`lang/${code}.js`)).runInNewContext({ videojs })
    const sentences = JSON.parse(read(`lang/${code}.json`))
    expect(JSON.parse(JSON.stringify(added))).toEqual([code, sentences])
    expect(sentences['Try again']).toBeTypeOf('string')
  })

  it('the check runs in a browser: it imports nothing of Node, and the plugin nothing of it', () => {
    const imports = (file: string) => [...read(file).matchAll(/\bfrom ?"([^"]+)"/g)].map(([, from]) => from)
    expect(['check.js', 'checks.js'].flatMap(imports)).toEqual(['./checks.js'])
    for (const file of browserFiles.filter((name) => !name.startsWith('check')))
      expect(imports(file), file).not.toContain('./checks.js')
  })

  it('hls.js is imported only on demand', () => {
    const modules = browserFiles.filter((file) => !file.includes('iife')).map(read)
    expect(modules.some((text) => /import\("hls\.js"\)/.test(text))).toBe(true)
    for (const text of modules) expect(text).not.toMatch(/from "hls\.js"/)
  })

  it.each(Object.entries(BUDGETS))(
    '%s stays within %i bytes, minified and compressed with brotli',
    async (part, budget) => {
      const sizes = await bundleSizes(dist)
      expect(sizes[part as keyof typeof BUDGETS]).toBeLessThanOrEqual(budget)
    },
  )

  it('contain no path of the build machine', () => {
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:js|ts|map)$/.test(file)) expect(read(file), file).not.toContain(process.cwd())
    }
  })
})

describe('a project that installs the package', () => {
  const project = mkdtempSync(join(tmpdir(), 'signed-url-consumer-'))
  beforeAll(() => {
    const packed = join(project, 'node_modules/videojs-signed-url')
    mkdirSync(packed, { recursive: true })
    for (const file of ['dist', 'package.json']) cpSync(resolve(file), join(packed, file), { recursive: true })
    for (const name of ['video.js', 'hls.js', '@videojs', 'global'])
      symlinkSync(resolve('node_modules', name), join(project, 'node_modules', name))
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => rmSync(project, { recursive: true }))

  const run = (script: string) => {
    writeFileSync(join(project, 'script.mjs'), script)
    return execFileSync(process.execPath, ['script.mjs'], { cwd: project, encoding: 'utf8' }).trim()
  }

  it('imports the entry without a window', () => {
    const names = run(`import * as all from 'videojs-signed-url'; console.log(Object.keys(all).sort().join(' '))`)
    expect(names).toBe('SignedUrlError readExpiry registerSignedUrl')
  })

  it('imports a language', () => {
    const text = run(`import german from 'videojs-signed-url/lang/de.json' with { type: 'json' }
      console.log(german['Try again'])`)
    expect(text).toBe('Erneut versuchen')
  })

  it('signs on a server', () => {
    const url = run(`import { gcore } from 'videojs-signed-url/signers'
      console.log(gcore({ baseUrl: 'https://demo.gvideo.io', clientId: '2675', videoId: 'abc', secret: 's', expiresAt: 1861919999 }))`)
    expect(url).toMatch(/^https:\/\/demo\.gvideo\.io\/videos\/2675_abc\/[\w-]{22}\/1861919999\/master\.m3u8$/)
  })

  it('checks a URL', () => {
    const text = run(`import { checkSignedUrl, CouldNotCheckError } from 'videojs-signed-url/check'
      checkSignedUrl({ url: 'film.mp4' }).catch((error) => console.log(error instanceof CouldNotCheckError, error.message))`)
    expect(text).toBe('true That is no absolute http(s) URL.')
  })

  it('has the command', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(readFileSync(bin['videojs-signed-url'], 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it.each(['nodenext', 'bundler'])(
    'gets types for the player and the options, under moduleResolution %s',
    (moduleResolution) => {
      writeFileSync(
        join(project, 'consumer.ts'),
        `import videojs from 'video.js'
       import { readExpiry, registerSignedUrl, SignedUrlError, type SignedUrlOptions } from 'videojs-signed-url'
       import { checkSignedUrl, type CheckReport } from 'videojs-signed-url/check'
       import type Player from 'video.js/dist/types/player.js'
       declare const player: ${moduleResolution === 'bundler' ? 'ReturnType<typeof videojs>' : 'Player.default'}
       const options: SignedUrlOptions = { endpoint: '/sign', retry: { maxAttempts: 2 }, hls: { maxBufferLength: 10 } }
       const plugin = player.signedUrl(options)
       const done: Promise<void> = plugin.refresh()
       const at: number | undefined = plugin.expiresAt
       const seconds: number | undefined = readExpiry('https://cdn.example/')
       const code: string = new SignedUrlError('signed-url-denied', 'no').code
       const report: Promise<CheckReport> = checkSignedUrl({ url: 'https://cdn.example/', origin: 'https://club.example' })
       // @ts-expect-error an option that does not exist
       player.signedUrl({ endpiont: '/sign' })
       export { at, code, done, report, registerSignedUrl, seconds, videojs }
      `,
      )
      const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext'
      const config = {
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2022',
          lib: ['ES2022', 'DOM'],
          types: [],
          skipLibCheck: true,
          module,
          moduleResolution,
        },
        files: ['consumer.ts'],
      }
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
      const tsc = resolve('node_modules/typescript/lib/tsc.js')
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
      expect(stdout).toBe('')
    },
  )
})
