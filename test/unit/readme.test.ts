import { existsSync, readdirSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { compileFunction } from 'node:vm'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CheckReport, FINDING_CODES } from '../../src/check/index.js'
import { found, saw, skipped, toReport } from '../../src/check/report.js'
import { endpointFailure } from '../../src/core/signing/retry.js'
import { noStats } from '../../src/core/stats.js'
import { FOLDER } from '../../src/engines/service-worker/protocol.js'
import { resolveOptions } from '../../src/options.js'
import * as signers from '../../src/signers/index.js'
import { VIEWER_SENTENCES } from '../../src/video-js/viewer-sentences.js'
import {
  anchorsOf,
  blocks,
  codeIn,
  everything,
  exportsOf,
  firstColumn,
  html,
  IMPORT,
  importsFrom,
  PAGES,
  pageOf,
  ROOT,
  read,
  run,
  scripts,
  table,
  tables,
  withoutCode,
} from '../support/documents.js'

/* What the README and the pages of docs/ say, compared with the code: what can be run is run, what can be compared is compared. */
const endpoint = '/api/playback-url'

/** Stands in for `video.js`: checks the options of each player, as the plugin would. */
function fakeVideojs(made: unknown[] = []) {
  const player = { src: (source: unknown) => made.push(source) }
  return (_id: string, { plugins }: { plugins: { signedUrl: unknown } }) => {
    made.push(resolveOptions(plugins.signedUrl).endpoint)
    return player
  }
}

beforeAll(() => {
  vi.stubGlobal('document', { baseURI: 'https://club.example/events/' })
  vi.stubGlobal('location', new URL('https://club.example/events/'))
})
afterAll(() => {
  vi.unstubAllGlobals()
})

describe('the snippets', () => {
  it('are found', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(15)
    expect(new Set(scripts.map(({ page }) => page)).size).toBeGreaterThanOrEqual(8)
    expect(html).toHaveLength(2)
  })

  it.each(scripts)('parse: $page, $title', async ({ code, language }) => {
    await expect(transformWithOxc(code, `snippet.${language}`)).resolves.toBeDefined()
  })

  it.each([
    ['videojs-signed-url', 'src/index.ts'],
    ['videojs-signed-url/hls', 'src/hls.ts'],
    ['videojs-signed-url/signers', 'src/signers/index.ts'],
    ['videojs-signed-url/check', 'src/check/index.ts'],
  ])('import from %s what it exports', (specifier, file) => {
    const imported = scripts.flatMap(({ code }) => importsFrom(specifier, code))
    expect(imported).not.toEqual([])
    expect(exportsOf(file)).toEqual(expect.arrayContaining(imported))
  })

  it.each(scripts.filter(({ page, code }) => page === 'README.md' && code.includes('videojs(')))(
    'set a video on a player: $title',
    ({ code }) => {
      const made: unknown[] = []
      run(code, { videojs: fakeVideojs(made) })
      expect(made).toEqual([
        'https://club.example/api/playback-url',
        { src: 'final-2026', type: 'application/x-mpegURL' },
      ])
    },
  )

  it('set up a player by tags alone', () => {
    const setups = html.flatMap(({ code }) => [...code.matchAll(/data-setup='([^']+)'/g)].map(([, json = '']) => json))
    expect(setups).toHaveLength(1)
    const { sources, plugins } = JSON.parse(setups[0] ?? '')
    expect(sources).toEqual([{ src: 'final-2026', type: 'application/x-mpegURL' }])
    expect(resolveOptions(plugins.signedUrl).endpoint).toBe('https://club.example/api/playback-url')
  })

  it('name files of the build', () => {
    const manifest = JSON.parse(read('package.json'))
    expect(html[0]?.code).toContain(manifest.unpkg.split('/').at(-1))
  })
})

describe('the options table', () => {
  const rows = table('docs/options.md', 'Option')
  const row = (name: string) => rows.find(([cell]) => cell === `\`${name}\``) ?? []
  const defaultOf = (name: string): unknown => compileFunction(`return (${codeIn(row(name)[2]).join('')})`)()

  it('has every option, and no other', () => {
    const names = rows.map(([cell]) => codeIn(cell)[0])
    expect(namesInError(() => resolveOptions({ endpoint, nameless: 1 }))).toEqual(names)
  })

  it('has a section for each option, in the same order', () => {
    const sections = [...pageOf('docs/options.md').matchAll(/^## `(\w+)`$/gm)].map(([, name]) => name)
    expect(sections).toEqual(rows.map(([cell]) => codeIn(cell)[0]))
  })

  it('has the same options and defaults in the README, linked to their sections', () => {
    const brief = table('README.md', 'Option')
    expect(brief.map(([cell, byDefault]) => [codeIn(cell)[0], byDefault])).toEqual(
      rows.map(([cell, , byDefault]) => [codeIn(cell)[0], byDefault]),
    )
    for (const [cell = ''] of brief) expect(cell).toContain(`(docs/options.md#${codeIn(cell)[0]?.toLowerCase()})`)
  })

  it('has the fields of `retry`', () => {
    expect(firstColumn('docs/options.md', 'Field')).toEqual(Object.keys(resolveOptions({ endpoint }).retry))
  })

  it('has a row for each scope', () => {
    const scopes = codeIn(row('scope')[1])[0]?.split(/ \\?\| /)
    expect(firstColumn('docs/options.md', '`scope`')).toEqual(scopes)
  })

  it.each(['scope', 'engine', 'hls', 'refusedStatuses', 'retry', 'errorPanel'] as const)(
    'tells the default of %s',
    (name) => {
      expect(defaultOf(name)).toEqual(resolveOptions({ endpoint })[name])
    },
  )

  it('lists the scopes that are taken', () => {
    const scopes =
      codeIn(row('scope')[1])[0]
        ?.split(/ \\?\| /)
        .map((scope) => scope.slice(1, -1)) ?? []
    expect(scopes).toHaveLength(5)
    for (const scope of scopes) expect(() => resolveOptions({ endpoint, scope }), scope).not.toThrow()
    expect(() => resolveOptions({ endpoint, scope: 'folder' })).toThrow(
      /'auto'.*'directory'.*'file'.*'manifest'.*'cookie'/,
    )
  })

  it('has a default for serviceWorker that is taken', () => {
    expect(resolveOptions({ endpoint, serviceWorker: defaultOf('serviceWorker') }).serviceWorker).toBeUndefined()
  })

  it('lists the engines that are taken', () => {
    const engines = [...(row('engine')[1] ?? '').matchAll(/'([^']+)'/g)].map(([, engine]) => engine)
    for (const engine of engines) expect(resolveOptions({ endpoint, engine }).engine).toBe(engine)
    expect(engines).toHaveLength(4)
  })

  it('says which options have no default', () => {
    const { allowedOrigins, sign, leadTimeMs, request } = resolveOptions({ endpoint })
    expect([allowedOrigins, sign, leadTimeMs, request]).toEqual([undefined, undefined, undefined, undefined])
    expect([row('endpoint')[2], row('sign')[2], row('allowedOrigins')[2]]).toEqual(['none', 'none', 'any'])
  })
})

describe('the tables of errors, statuses and events', () => {
  it('show each error type with the sentence that the viewer reads', () => {
    expect(
      Object.fromEntries(table('docs/errors.md', '`errorType`').map(([type, sentence]) => [codeIn(type)[0], sentence])),
    ).toEqual(VIEWER_SENTENCES)
  })

  it('have a section for each error code, and link to it from the README', () => {
    const sections = [...pageOf('docs/errors.md').matchAll(/^## (signed-url-\w+)$/gm)].map(([, code]) => code)
    expect(sections).toEqual(Object.keys(VIEWER_SENTENCES))
    expect(table('README.md', 'Code').map(([cell]) => cell)).toEqual(
      sections.map((code) => `[\`${code}\`](docs/errors.md#${code})`),
    )
  })

  it('quote messages that the code has', () => {
    const code = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(join('src', name)))
      .join('\n')
      .replaceAll(/\\?`/g, '')
    const quoted = [
      ...tables('docs/errors.md', "`The signing endpoint's answer …`"),
      ...tables('docs/errors.md', 'Message'),
    ]
      .flat()
      .flatMap(([cell]) => codeIn(cell))
      .concat([...pageOf('docs/errors.md').matchAll(/^- `([^`]+)`:/gm)].map(([, message = '']) => message))
    expect(quoted.length).toBeGreaterThanOrEqual(15)
    // What is filled in is left out of the comparison.
    const parts = quoted.flatMap((message) => message.split(/…|segments|playlists|expiresAt/))
    expect(parts.map((part) => part.trim()).filter((part) => !code.includes(part))).toEqual([])
  })

  it('sort the statuses of the endpoint as the plugin does', () => {
    const clientErrors = Array.from({ length: 100 }, (_, index) => 400 + index)
    const listed = (meaning: string) => {
      const [statuses = ''] = table('docs/endpoint.md', 'Status').find(([, means]) => means === meaning) ?? []
      return [...statuses.matchAll(/\b\d{3}\b/g)].map(([status]) => Number(status))
    }
    const failing = { denied: 'signed-url-denied', passing: 'signed-url-unavailable' }
    for (const [meaning, code] of Object.entries(failing))
      expect(listed(meaning)).toEqual(clientErrors.filter((status) => endpointFailure(status) === code))
    expect(listed('answered').map(endpointFailure)).toEqual([undefined])
    expect([500, 503, 599].map(endpointFailure)).toEqual(Array(3).fill('signed-url-unavailable'))
    expect([204, 301, 400, 418].map(endpointFailure)).toEqual(Array(4).fill('signed-url-invalid'))
  })

  it('name every event with its data', () => {
    const source = read('src/video-js/events.ts')
    const events = [...source.matchAll(/^ {2}(\w+): \{([\s\S]*?)\}$/gm)].map(([, name, fields = '']) => [
      name,
      [...fields.matchAll(/(\w+):/g)].map(([, field]) => field).filter((field) => field !== 'type'),
    ])
    expect(table('docs/api.md', 'Event').map(([name, data]) => [codeIn(name)[0], codeIn(data)])).toEqual(events)
  })

  it('name the reasons of a signing request', () => {
    const [, union = ''] = /export type SignReason = (.+)/.exec(read('src/core/signing/answer.ts')) ?? []
    const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, reason]) => reason)
    const context = /`reason` is (.+?), and `status`/.exec(pageOf('docs/options.md'))?.[1]
    expect(codeIn(context)).toEqual(reasons)
    const posted = /sends every reason: (.+)\.$/m.exec(pageOf('docs/endpoint.md'))?.[1]
    expect(codeIn(posted)).toEqual(reasons)
  })

  it('name the fields of an answer', () => {
    const source = read('src/core/signing/answer.ts')
    const [, fields = ''] = /export interface Answer \{([\s\S]*?)^\}/m.exec(source) ?? []
    const names = [...fields.matchAll(/readonly (\w+):/g)].map(([, name = '']) => name.replace(/Ms$/, ''))
    expect(firstColumn('docs/endpoint.md', 'Field').sort()).toEqual(names.sort())
  })

  it('name the properties of an error', () => {
    const source = read('src/core/errors.ts')
    const own = [...source.matchAll(/^ {2}readonly (\w+): /gm)].map(([, name]) => name)
    expect(firstColumn('docs/api.md', 'Property').sort()).toEqual([...own, 'message', 'cause'].sort())
  })

  it('name the members of the plugin', () => {
    const source = read('src/plugin.ts')
    const members = firstColumn('docs/api.md', 'Member').map((member) => member.replace(/\(.*/, ''))
    expect(members).toEqual(['refresh', 'sign', 'resolve', 'status', 'refreshing', 'expiresAt', 'stats'])
    for (const member of members) expect(source).toMatch(new RegExp(`^ {2}(?:async |get )?${member}\\(`, 'm'))
    const statusRow = table('docs/api.md', 'Member').find(([member]) => member === '`status`')
    const [, statuses = ''] = /export type SourceStatus = (.+)/.exec(read('src/core/signature.ts')) ?? []
    expect(codeIn(statusRow?.[1])).toEqual([...statuses.matchAll(/'(\w+)'/g)].map(([, status]) => status))
    expect(codeIn(table('docs/api.md', 'Member').at(-1)?.[1])).toEqual(Object.keys(noStats()))
    expect(firstColumn('docs/api.md', 'Field').sort()).toEqual(Object.keys(noStats()).sort())
  })

  it('name everything that the package exports', () => {
    const [main, standalone, server, check] = tables('docs/api.md', 'Name').map((rows) =>
      rows.map(([cell]) => codeIn(cell)[0] ?? ''),
    )
    expect(main?.sort()).toEqual(exportsOf('src/index.ts').sort())
    expect(standalone?.sort()).toEqual(exportsOf('src/hls.ts').sort())
    expect(server?.sort()).toEqual(exportsOf('src/signers/index.ts').sort())
    expect(check?.sort()).toEqual(exportsOf('src/check/index.ts').sort())
    const { exports: files } = JSON.parse(read('package.json'))
    const imports = Object.keys(files).map((name) => name.replace('.', 'videojs-signed-url'))
    expect(imports).toEqual(expect.arrayContaining(firstColumn('docs/api.md', 'Import')))
    const documented = ['.', './hls', './signers', './check', './package.json'].map((name) =>
      name.replace('.', 'videojs-signed-url'),
    )
    expect([...firstColumn('docs/api.md', 'Import'), ...documented].sort()).toEqual(imports.sort())
  })
})

describe('the page on the check', () => {
  it('has every fault that it finds, and no other', () => {
    const codes = tables('docs/check.md', 'Code').flatMap((rows) => rows.map(([cell]) => codeIn(cell)[0] ?? ''))
    expect(codes.sort()).toEqual([...FINDING_CODES].sort())
  })

  it('has every option of the command, and no other', () => {
    const usage = [...read('src/check/command.ts').matchAll(/^ {2}(--\w+)/gm)].map(([, option]) => option)
    expect(usage.length).toBeGreaterThanOrEqual(7)
    expect(firstColumn('docs/check.md', 'Option').map((option) => option.split(' ')[0])).toEqual(usage)
  })

  it('shows the report as it is', () => {
    const json = blocks.find(({ page, language }) => page === 'docs/check.md' && language === 'json')?.code ?? ''
    const notes = [found('single-use', ''), saw(''), skipped('CORS', '')]
    const shape = (report: CheckReport) => [
      Object.keys(report),
      Object.keys(report.findings[0] ?? {}),
      Object.keys(report.notChecked[0] ?? {}),
    ]
    expect(shape(JSON.parse(json))).toEqual(shape(toReport('', 'hls', notes)))
  })
})

describe('the table of schemes', () => {
  const rows = table('docs/schemes.md', 'Scheme')
  const files = Object.fromEntries(
    [...pageOf('docs/schemes.md').matchAll(/\b([A-Z]) is \[[\w-]+\]\(\.\.\/(test\/[^)]+)\)/g)].map(
      ([, letter = '', file = '']) => [letter, read(file)],
    ),
  )
  /** Titles as the cell has them, with the file that its letter stands for. */
  const named = (cell = '') =>
    [...cell.matchAll(/([A-Z]) ((?:`[^`]+`(?:, )?)+)/g)].flatMap(([, letter = '', titles]) =>
      codeIn(titles).map((title) => ({ letter, title })),
    )
  /** A title, or a row's name in a table of tests, that begins so. */
  const isTitle = (title: string, source = '') => {
    const text = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return new RegExp(`(?:\\b(?:it|describe)\\(|\\)\\(|\\[|name:)\\s*(['"\`])${text}`).test(source)
  }

  it('knows the files of its tests', () => {
    expect(Object.keys(files).sort()).toEqual(['B', 'C', 'R', 'S', 'V'])
    expect(isTitle('knows the files', read('test/unit/readme.test.ts'))).toBe(true)
    expect(isTitle('no test', read('test/unit/readme.test.ts'))).toBe(false)
  })

  it.each(rows)('names tests that exist: %s', (...row) => {
    const tests = named(row[4])
    expect(tests.length).toBeGreaterThan(0)
    expect(tests.filter(({ letter, title }) => !isTitle(title, files[letter]))).toEqual([])
    // What reaches relative links is proved where credentials are.
    const isCarried = /path|carried/.test(row[2] ?? '')
    expect(tests.some(({ letter }) => letter === 'C')).toBe(isCarried)
    expect(tests.some(({ letter }) => letter !== 'C')).toBe(true)
  })

  it('calls expired what the plugin takes for a refusal', () => {
    const { refusedStatuses } = resolveOptions({ endpoint })
    for (const [scheme, , , expired = ''] of rows) {
      const taken = [...expired.matchAll(/\d{3}(?! not by default)/g)].map(Number)
      expect(taken.length, scheme).toBeGreaterThan(0)
      expect(refusedStatuses).toEqual(expect.arrayContaining(taken))
    }
  })
})

describe('the service worker', () => {
  const address = '/signed-url-worker.js'
  const engines = pageOf('docs/engines.md')

  it('is the file that the package exports', () => {
    const { exports } = JSON.parse(read('package.json'))
    const file = exports['./service-worker'].default.replace('./', 'node_modules/videojs-signed-url/')
    expect(engines).toMatch(new RegExp(`^cp ${file} \\S+${address}$`, 'm'))
    expect(engines).toContain("import 'videojs-signed-url/service-worker'")
  })

  it('is named to the plugin where the site serves it, and so is it to a worker of the site', () => {
    const [block, ...others] = scripts.filter(({ code }) => code.includes('serviceWorker'))
    const seen: unknown[] = []
    const player = { signedUrl: (options: unknown) => seen.push(resolveOptions(options).serviceWorker) }
    run(block?.code ?? '', { player })
    expect(seen).toEqual([`https://club.example${address}`])
    expect(others).toEqual([])
    expect(engines).toContain(`importScripts('${address}')`)
  })

  it('answers below the folder that the page names', () => {
    expect(engines).toContain(`\`${FOLDER}\``)
  })

  it('says on the console what Troubleshooting quotes', () => {
    const said = ['route', 'registration'].map((name) => read(`src/engines/service-worker/${name}.ts`)).join()
    const quoted = firstColumn('docs/troubleshooting.md', 'Console')
    expect(quoted).toHaveLength(5)
    expect(quoted.filter((text) => !said.includes(text))).toEqual([])
  })
})

describe('the signing endpoint of the README', () => {
  const block = scripts.find(({ page, code }) => page === 'README.md' && code.includes('createServer'))
  let server: Server | undefined
  let url = ''

  beforeAll(async () => {
    vi.stubEnv('GCORE_SECRET', 'demo-gcore-key')
    const listening = new Promise<AddressInfo>((resolve) => {
      const onFreePort = (listener: RequestListener) => ({
        listen: () => {
          server = createServer(listener).listen(0, '127.0.0.1', () => resolve(server?.address() as AddressInfo))
        },
      })
      const mayWatch = (cookie: string | null, resource: string) => cookie === 'ticket=1' && resource === 'final-2026'
      run(block?.code ?? '', { ...signers, createServer: onFreePort, mayWatch })
    })
    url = `http://127.0.0.1:${(await listening).port}/api/playback-url`
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    server?.close()
  })

  const ask = (resource: string, cookie = 'ticket=1') => fetch(`${url}?resource=${resource}`, { headers: { cookie } })

  it('takes at most twelve lines besides its imports', () => {
    expect(block?.code.replace(IMPORT, '').trim().split('\n').length).toBeLessThanOrEqual(12)
  })

  it('answers a viewer who may watch with a signed URL of a minute', async () => {
    const response = await ask('final-2026')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const answer = (await response.json()) as { url: string; expiresAt: number; expiresIn: number }
    expect(answer.url).toMatch(/^https:\/\/demo-protected\.gvideo\.io\/videos\/2675_final-2026\/[\w-]{22}\/\d{10}\//)
    expect(answer.url).toContain(`/${answer.expiresAt}/`)
    expect(answer.expiresIn).toBeGreaterThan(58)
    expect(answer.expiresIn).toBeLessThanOrEqual(60)
  })

  it.each([
    ['a viewer without a ticket', 'final-2026', 'ticket=0', 403],
    ['a video that nobody may watch', 'another', 'ticket=1', 403],
    ['a question without a resource', '', 'ticket=1', 400],
  ])('says no to %s', async (_title, resource, cookie, status) => {
    expect((await ask(resource, cookie)).status).toBe(status)
  })
})

describe('the configurations of servers', () => {
  it.each(['nginx', 'apache'])('are what the tests start: %s', (server) => {
    const lines = (text: string) => text.split('\n').map((line) => line.trim())
    const shown = blocks.filter(({ language }) => language === server)
    const started = readdirSync(join(ROOT, 'test/servers'))
      .filter((name) => name.startsWith(server) && name.endsWith('.conf'))
      .map((name) => lines(read(`test/servers/${name}`)).join('\n'))
    expect(shown).toHaveLength(started.length)
    for (const { code } of shown) expect(started.some((text) => text.includes(lines(code).join('\n')))).toBe(true)
  })
})

describe('what the pages name', () => {
  it('is every signer, and the endpoint handler with its adapter', () => {
    const handlers = ['signingEndpoint', 'nodeHandler']
    expect([...firstColumn('docs/endpoint.md', 'Signer'), ...handlers].sort()).toEqual(Object.keys(signers).sort())
  })

  it('is npm scripts that exist', () => {
    const { scripts: existing } = JSON.parse(read('package.json'))
    const named = new Set(
      [...everything.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, script]) => script),
    )
    expect([...named].filter((name) => !Object.hasOwn(existing, name ?? ''))).toEqual([])
    const commands = firstColumn('CONTRIBUTING.md', 'Command').map((command) => command.replace(/npm (?:run )?/, ''))
    const forUsers = Object.keys(existing).filter((name) => !['build', 'lint', 'types', 'test:package'].includes(name))
    expect(commands.sort()).toEqual(['install', ...forUsers].sort())
  })

  it.each(PAGES)('is files and headings that exist: %s', (page) => {
    const links = [...withoutCode(pageOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const local = links.filter((link) => !/^https?:/.test(link))
    const isBroken = (link: string) => {
      const [path = '', anchor] = link.split('#')
      const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
      if (!existsSync(join(ROOT, file))) return true
      return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
    }
    expect(local.filter(isBroken)).toEqual([])
  })

  it('is every page of docs/, linked from the README', () => {
    const linked = [...pageOf('README.md').matchAll(/\]\(([^)#]+)/g)].map(([, link]) => link)
    expect(PAGES.filter((page) => page !== 'README.md' && !linked.includes(page))).toEqual([])
    expect(linked).toContain('docs/demo.png')
  })

  it('is the version of the package, in the change log too', () => {
    const { version } = JSON.parse(read('package.json'))
    expect(pageOf('README.md')).toContain(`Version ${version} `)
    expect(read('CHANGELOG.md')).toContain(`## [${version}]`)
  })

  it('is short enough to read before trying', () => {
    expect(pageOf('README.md').split('\n').length).toBeLessThanOrEqual(250)
  })

  it.each(PAGES)('is no machine and no registry: %s', (page) => {
    expect(pageOf(page)).not.toMatch(/localhost:\d|unpkg|jsdelivr|npmjs|\/(?:home|root|tmp|work)\//)
  })
})

/** The names that an error about an unknown option lists. */
function namesInError(attempt: () => unknown): string[] {
  try {
    attempt()
    return []
  } catch (error) {
    const [, list = ''] = /(?:there are|options are) (.+)\.$/.exec((error as Error).message) ?? []
    return list.split(', ')
  }
}
