import { existsSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { transformWithOxc } from 'vite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endpointFailure } from '../../src/core/signing/retry.js'
import { noStats } from '../../src/core/stats.js'
import { FOLDER } from '../../src/engines/service-worker/protocol.js'
import { resolveOptions } from '../../src/options.js'
import * as signers from '../../src/signers/index.js'
import { VIEWER_SENTENCES } from '../../src/video-js/viewer-sentences.js'

/* What the README says, held against the code: what can be run is run, what can be compared is compared. */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const readme = read('README.md')
const endpoint = '/api/playback-url'

interface Block {
  readonly title: string
  readonly language: string
  readonly code: string
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', code = '']) => ({ title: code.trim().split('\n')[0] ?? '', language, code }),
)
const html = blocks.filter(({ language }) => language === 'html')
/** Script blocks, and what stands between the script tags of pages. */
const scripts: readonly Block[] = [
  ...blocks.filter(({ language }) => ['js', 'ts'].includes(language)),
  ...html.flatMap(({ code }) =>
    [...code.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, inner = '']) => ({
      title: inner.trim().split('\n')[0] ?? '',
      language: 'js',
      code: inner,
    })),
  ),
]

const IMPORT = /^import (?:(\w+) from |\{ ([^}]+) \} from )?'([^']+)'.*$/gm

/** The names that a script imports from `specifier`. */
function importsFrom(specifier: string, code: string): string[] {
  return [...code.matchAll(IMPORT)]
    .filter(([, , , from]) => from === specifier)
    .flatMap(([, single, names]) => [single ?? [], names?.split(', ') ?? []].flat())
}

/** Runs a script in this realm, with `bindings` for what it imports or finds on its page. */
function run(code: string, bindings: Record<string, unknown>): void {
  compileFunction(code.replace(IMPORT, ''), Object.keys(bindings))(...Object.values(bindings))
}

/** The names that a module exports, types included. */
function exportsOf(file: string): string[] {
  const source = read(file)
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names = '']) => names.split(','))
  const declared = [...source.matchAll(/^export (?:function|const|class) (\w+)/gm)].map(([, name = '']) => name)
  return [...lists.map((name) => name.replace(/\btype\b/, '').trim()), ...declared]
}

/** The trimmed cells of a line of a table; none in any other line. */
const cellsIn = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

/** The rows of the table whose head begins with `head`. */
function table(head: string): string[][] {
  const rows = readme.split('\n').map(cellsIn)
  const start = rows.findIndex(([cell]) => cell === head)
  expect(start, `a table that begins with ${head}`).toBeGreaterThan(0)
  const length = rows.slice(start).findIndex((cells) => cells.length === 0)
  return rows.slice(start + 2, start + length)
}

const codeIn = (cell: string | undefined) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
/** What the first cell of each row shows as code. */
const firstColumn = (head: string) => table(head).map(([cell]) => codeIn(cell)[0] ?? '')

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

describe('the snippets of the README', () => {
  it('are found', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(6)
    expect(html).toHaveLength(2)
  })

  it.each(scripts)('parse: $title', async ({ code, language }) => {
    await expect(transformWithOxc(code, `snippet.${language}`)).resolves.toBeDefined()
  })

  it.each([
    ['videojs-signed-url', 'src/index.ts'],
    ['videojs-signed-url/signers', 'src/signers/index.ts'],
  ])('import from %s what it exports', (specifier, file) => {
    const imported = scripts.flatMap(({ code }) => importsFrom(specifier, code))
    expect(imported).not.toEqual([])
    expect(exportsOf(file)).toEqual(expect.arrayContaining(imported))
  })

  it.each(scripts.filter(({ code }) => code.includes('videojs(')))('set a film on a player: $title', ({ code }) => {
    const made: unknown[] = []
    run(code, { videojs: fakeVideojs(made) })
    expect(made).toEqual([
      'https://club.example/api/playback-url',
      { src: 'final-2026', type: 'application/x-mpegURL' },
    ])
  })

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
  const rows = table('Option')
  const row = (name: string) => rows.find(([cell]) => cell === `\`${name}\``) ?? []
  const defaultOf = (name: string): unknown => compileFunction(`return (${codeIn(row(name)[2]).join('')})`)()

  it('has every option, and no other', () => {
    const names = rows.map(([cell]) => codeIn(cell)[0])
    expect(namesInError(() => resolveOptions({ endpoint, nameless: 1 }))).toEqual(names)
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
    expect(Object.fromEntries(table('`errorType`').map(([type, sentence]) => [codeIn(type)[0], sentence]))).toEqual(
      VIEWER_SENTENCES,
    )
  })

  it('sort the statuses of the endpoint as the plugin does', () => {
    const clientErrors = Array.from({ length: 100 }, (_, index) => 400 + index)
    const listed = (meaning: string) => {
      const [statuses = ''] = table('Status').find(([, means]) => means === meaning) ?? []
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
    expect(table('Event').map(([name, data]) => [codeIn(name)[0], codeIn(data)])).toEqual(events)
  })

  it('name the reasons of a signing request', () => {
    const [, union = ''] = /export type SignReason = (.+)/.exec(read('src/core/signing/answer.ts')) ?? []
    const sentence = /`reason` is (.+?), and `status`/.exec(readme)?.[1]
    expect(codeIn(sentence)).toEqual([...union.matchAll(/'(\w+)'/g)].map(([, reason]) => reason))
  })

  it('name the members of the plugin', () => {
    const source = read('src/plugin.ts')
    const members = firstColumn('Member').map((member) => member.replace(/\(.*/, ''))
    expect(members).toEqual(['refresh', 'sign', 'resolve', 'status', 'refreshing', 'expiresAt', 'stats'])
    for (const member of members) expect(source).toMatch(new RegExp(`^ {2}(?:async |get )?${member}\\(`, 'm'))
    const statusRow = table('Member').find(([member]) => member === '`status`')
    const [, statuses = ''] = /export type SourceStatus = (.+)/.exec(read('src/core/signature.ts')) ?? []
    expect(codeIn(statusRow?.[1])).toEqual([...statuses.matchAll(/'(\w+)'/g)].map(([, status]) => status))
    expect(codeIn(table('Member').at(-1)?.[1])).toEqual(Object.keys(noStats()))
  })
})

describe('the table of schemes', () => {
  const rows = table('Scheme')
  const files = Object.fromEntries(
    [...readme.matchAll(/\b([A-Z]) (?:is )?\[[\w-]+\]\((test\/[^)]+)\)/g)].map(([, letter = '', file = '']) => [
      letter,
      read(file),
    ]),
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

describe('the worker of the README', () => {
  const address = '/signed-url-worker.js'

  it('is the file that the package exports', () => {
    const { exports } = JSON.parse(read('package.json'))
    const file = exports['./service-worker'].default.replace('./', 'node_modules/videojs-signed-url/')
    expect(readme).toMatch(new RegExp(`^cp ${file} \\S+${address}$`, 'm'))
    expect(readme).toContain("import 'videojs-signed-url/service-worker'")
  })

  it('is named to the plugin where the site serves it, and so is it to a worker of the site', () => {
    const [block, ...others] = scripts.filter(({ code }) => code.includes('serviceWorker'))
    const seen: unknown[] = []
    const player = { signedUrl: (options: unknown) => seen.push(resolveOptions(options).serviceWorker) }
    run(block?.code ?? '', { player })
    expect(seen).toEqual([`https://club.example${address}`])
    expect(others).toEqual([])
    expect(readme).toContain(`importScripts('${address}')`)
  })

  it('answers under the folder that the README names', () => {
    expect(readme).toContain(`\`${FOLDER}\``)
  })

  it('says on the console what the table of symptoms quotes', () => {
    const said = ['route', 'registration'].map((name) => read(`src/engines/service-worker/${name}.ts`)).join()
    const quoted = table('Symptom').flatMap(([symptom = '']) => (/console/i.test(symptom) ? codeIn(symptom) : []))
    expect(quoted.length).toBeGreaterThanOrEqual(4)
    expect(quoted.filter((text) => !said.includes(text))).toEqual([])
  })
})

describe('the signing endpoint of the README', () => {
  const block = scripts.find(({ code }) => code.includes('createServer'))
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
    ['a film that nobody may watch', 'another', 'ticket=1', 403],
    ['a question without a resource', '', 'ticket=1', 400],
  ])('says no to %s', async (_title, resource, cookie, status) => {
    expect((await ask(resource, cookie)).status).toBe(status)
  })
})

describe('the configurations of the README', () => {
  it.each(['nginx', 'apache'])('are what the tests start: %s', (server) => {
    const lines = (text: string) => text.split('\n').map((line) => line.trim())
    const [block, ...others] = blocks.filter(({ language }) => language === server)
    expect(others).toEqual([])
    expect(lines(read(`test/servers/${server}.conf`)).join('\n')).toContain(lines(block?.code ?? 'no block').join('\n'))
  })
})

describe('what the README names', () => {
  it('is every signer, and the endpoint handler with its adapter', () => {
    const handlers = ['signingEndpoint', 'nodeHandler']
    for (const handler of handlers) expect(readme).toContain(handler)
    expect([...firstColumn('Signer'), ...handlers].sort()).toEqual(Object.keys(signers).sort())
  })

  it('is npm scripts that exist', () => {
    const { scripts: existing } = JSON.parse(read('package.json'))
    const named = new Set(
      [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, script]) => script),
    )
    expect([...named].filter((name) => !Object.hasOwn(existing, name ?? ''))).toEqual([])
    expect(firstColumn('Command')).toHaveLength(9)
  })

  it('is files and headings that exist', () => {
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(
      ([, heading = '']) =>
        `#${heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-')}`,
    )
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
    const local = links.filter((link) => !/^https?:/.test(link))
    expect(local).toContain('docs/demo.png')
    expect(local.filter((link) => !anchors.includes(link) && !existsSync(join(ROOT, link)))).toEqual([])
  })

  it('is the version of the package, in the change log too', () => {
    const { version } = JSON.parse(read('package.json'))
    expect(readme).toContain(`Version ${version} `)
    expect(read('CHANGELOG.md')).toContain(`## [${version}]`)
  })

  it('is no machine and no registry', () => {
    expect(readme).not.toMatch(/localhost:\d|unpkg|jsdelivr|npmjs|\/(?:home|root|tmp|work)\//)
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
