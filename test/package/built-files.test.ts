import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUDGETS, bundleSizes } from '../support/bundle-sizes.js'
import { scripts } from '../support/documents.js'

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

  it('the script-tag build is one file that imports nothing, and takes nothing from its own address, which may expire', () => {
    const script = read('videojs-signed-url.iife.js')
    expect(script).not.toMatch(/\bimport\s*\(|\brequire\s*\(/)
    expect(script).not.toMatch(/currentScript|import\.meta|\.scripts\b/)
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
    for (const name of ['video.js', 'hls.js', '@videojs', 'global', 'react', 'react-dom'])
      symlinkSync(resolve('node_modules', name), join(project, 'node_modules', name))
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  })
  afterAll(() => rmSync(project, { recursive: true }))

  const run = (script: string, cwd = project) => {
    writeFileSync(join(cwd, 'script.mjs'), script)
    return execFileSync(process.execPath, ['script.mjs'], { cwd, encoding: 'utf8' }).trim()
  }
  const EXPORTS = `import videojs from 'video.js'
    import * as all from 'videojs-signed-url'
    console.log(videojs.VERSION.split('.')[0], Object.keys(all).sort().join(' '))`

  it('imports the entry without a window', () => {
    expect(run(EXPORTS)).toBe('8 SignedUrlError readExpiry registerSignedUrl')
  })

  it('imports the entry for hls.js alone without a window and without Video.js', () => {
    expect(run("import * as all from 'videojs-signed-url/hls'; console.log(Object.keys(all).sort().join(' '))")).toBe(
      'SignedUrlError signedLoader signedMedia',
    )
    const files = browserFiles.filter((file) =>
      /^hls(?:-by-scope|-signature|-division|-signed-playlists)?\.js$/.test(file),
    )
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) expect(read(file), file).not.toMatch(/from ?"(?!\.\/hls)|import\("(?!\.\/hls)/)
  })

  it('imports the entry without a window beside Video.js 7', () => {
    const modules = join(project, 'older/node_modules')
    // A copy, because Node looks for a package's dependencies where a link leads to.
    cpSync(join(project, 'node_modules/videojs-signed-url'), join(modules, 'videojs-signed-url'), { recursive: true })
    symlinkSync(resolve('node_modules/video.js-7'), join(modules, 'video.js'))
    expect(run(EXPORTS, join(project, 'older'))).toBe('7 SignedUrlError readExpiry registerSignedUrl')
  })

  it('is imported by the component of the React recipe, which renders on a server', async () => {
    const recipe = scripts.find(({ title }) => title === '// video-player.jsx')?.code ?? ''
    // Frameworks take style sheets out.
    const withoutStyles = recipe.replace(/^import '[^']+\.css'$/m, '')
    expect(withoutStyles).not.toBe(recipe)
    const { code } = await transformWithOxc(withoutStyles, 'video-player.jsx', { jsx: { runtime: 'automatic' } })
    writeFileSync(join(project, 'video-player.mjs'), code.replace('react/jsx-dev-runtime', 'react/jsx-runtime'))
    const html = run(`import { createElement } from 'react'
      import { renderToString } from 'react-dom/server'
      import { VideoPlayer } from './video-player.mjs'
      console.log(renderToString(createElement(VideoPlayer, { resource: 'final-2026' })))`)
    expect(html).toBe('<div></div>')
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
})
