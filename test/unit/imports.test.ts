import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')

interface Import {
  readonly file: string
  /** Path from the project's root without an extension, or a package's name. */
  readonly target: string
  readonly isTypeOnly: boolean
  readonly isDynamic: boolean
}

const FROM = /^\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
const REFERENCE = /^\/\/\/\s*<reference\s+path="([^"]+)"/gm

/** What a module declares and exports. */
const EXPORTED = /^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes(`${sep}media`))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const target = (specifier: string) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier).replace(/\.[jt]s$/, '') : specifier
  const found = (pattern: RegExp, read: (match: RegExpMatchArray) => Omit<Import, 'file'>) =>
    [...source.matchAll(pattern)].map((match) => ({ file, ...read(match) }))
  return [
    ...found(FROM, (match) => ({
      target: target(match[3] ?? ''),
      isTypeOnly: match[2] !== undefined,
      isDynamic: false,
    })),
    ...found(DYNAMIC, (match) => ({ target: target(match[1] ?? ''), isTypeOnly: false, isDynamic: true })),
    ...found(REFERENCE, (match) => ({ target: target(match[1] ?? ''), isTypeOnly: true, isDynamic: false })),
  ]
}

/** Each circle of imports once, from its first file on. */
function circles(lines: readonly Import[]): string[] {
  const targets = new Map<string, string[]>()
  for (const { file, target } of lines) {
    const from = file.replace(/\.ts$/, '')
    targets.set(from, [...(targets.get(from) ?? []), target])
  }
  const done = new Set<string>()
  const visit = (module: string, path: readonly string[]): string[] => {
    if (path.includes(module)) return [[...path.slice(path.indexOf(module)), module].join(' → ')]
    if (done.has(module)) return []
    const found = (targets.get(module) ?? []).flatMap((target) => visit(target, [...path, module]))
    done.add(module)
    return found
  }
  return [...targets.keys()].flatMap((module) => visit(module, []))
}

const all = [...filesIn('src'), ...filesIn('demo')].flatMap(importsOf)
const from = (folder: string) => all.filter(({ file }) => file.startsWith(folder))
const show = ({ file, target }: Import) => `${file} → ${target}`
const isIn =
  (...folders: string[]) =>
  ({ target }: Import) =>
    folders.some((folder) => target.startsWith(folder))

describe('the import lines', () => {
  it('are read: those that are known to be there', () => {
    expect(all.map(show)).toContain('src/core/signing/acquire.ts → src/core/signing/retry')
    expect(all.map(show)).toContain('src/index.ts → video.js')
    expect(all.filter(({ isDynamic }) => isDynamic).map(show)).toContain('src/engines/hls-js/load-hls-js.ts → hls.js')
    expect(all.find(({ file, target }) => file === 'src/options.ts' && target === 'hls.js')?.isTypeOnly).toBe(true)
  })
})

describe('src/core', () => {
  it('imports nothing but itself', () => {
    expect(
      from('src/core/')
        .filter((line) => !isIn('src/core/')(line))
        .map(show),
    ).toEqual([])
  })

  it('names nothing of a page', () => {
    const touched = filesIn('src/core').filter((file) => {
      const code = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return /\b(?:window|document|navigator|location|HTML\w*Element|XMLHttpRequest)\b\s*[.([]/.test(code)
    })
    expect(touched).toEqual([])
  })
})

describe('src/engines', () => {
  it('imports the core, other engines, and the types of Video.js and hls.js', () => {
    const allowed = isIn('src/core/', 'src/engines/')
    const isType = ({ target, isTypeOnly, isDynamic }: Import) =>
      (isTypeOnly && ['src/video-js/types', 'hls.js'].includes(target)) || (isDynamic && target === 'hls.js')
    expect(
      from('src/engines/')
        .filter((line) => !allowed(line) && !isType(line))
        .map(show),
    ).toEqual([])
  })
})

describe('src/page', () => {
  it('imports the core only', () => {
    expect(
      from('src/page/')
        .filter((line) => !isIn('src/core/', 'src/page/')(line))
        .map(show),
    ).toEqual([])
  })
})

describe('src/check', () => {
  const isCommand = ({ file }: Import) => file === 'src/check/command.ts'
  const outside = from('src/check/').filter((line) => !isIn('src/core/', 'src/check/')(line))

  it('imports the core only, so that it runs in a browser too', () => {
    expect(outside.filter((line) => !isCommand(line)).map(show)).toEqual([])
  })

  it('has a command that imports Node besides', () => {
    expect(outside.filter(isCommand).every(isIn('node:'))).toBe(true)
  })

  it('is imported by nothing else, so that it costs a page nothing', () => {
    expect(
      from('src/')
        .filter((line) => isIn('src/check/')(line) && !line.file.startsWith('src/check/'))
        .map(show),
    ).toEqual([])
  })
})

describe('media with several signatures', () => {
  it('is loaded only when an option asks for it', () => {
    const several = ['by-scope', 'signature-per-file', 'signature-per-playlist'].map(
      (name) => `src/core/coverage/${name}`,
    )
    const outside = all.filter(isIn(...several)).filter(({ file }) => file !== 'src/core/coverage/by-scope.ts')
    expect(outside.map(show)).toEqual(['src/core/open-media.ts → src/core/coverage/by-scope'])
    expect(outside.every(({ isDynamic }) => isDynamic)).toBe(true)
  })
})

describe('src/signers', () => {
  it('is imported by nothing that reaches a browser', () => {
    const isServer = (file: string) => file.startsWith('src/signers/') || file.startsWith('demo/server/')
    const page = all.filter(({ file, isTypeOnly }) => !isServer(file) && !isTypeOnly)
    expect(page.filter(isIn('src/signers', 'demo/server')).map(show)).toEqual([])
  })

  it('imports nothing of the plugin', () => {
    expect(
      from('src/signers/')
        .filter((line) => isIn('src/')(line) && !isIn('src/signers/')(line))
        .map(show),
    ).toEqual([])
  })
})

describe('the plugin', () => {
  it('loads hls.js only when an HLS source needs it', () => {
    const values = from('src/').filter(({ target, isTypeOnly }) => target === 'hls.js' && !isTypeOnly)
    expect(values.every(({ isDynamic }) => isDynamic)).toBe(true)
  })

  it('imports no package but its two, and the types of a player', () => {
    const packages = from('src/').filter(
      ({ file, target }) => !target.startsWith('src/') && !/^src\/(?:signers\/|check\/command)/.test(file),
    )
    expect(new Set(packages.map(({ target }) => target.split('/')[0]))).toEqual(new Set(['hls.js', 'video.js']))
  })

  it('imports nothing of its demo or its tests', () => {
    expect(from('src/').filter(isIn('demo/', 'test/')).map(show)).toEqual([])
  })
})

describe('the entry for players without Video.js', () => {
  it('reaches no module that knows Video.js, and imports no package', () => {
    const values = all.filter(({ isTypeOnly }) => !isTypeOnly)
    const reached = new Set(['src/hls'])
    for (const module of reached) {
      for (const { file, target } of values) if (file === `${module}.ts`) reached.add(target)
    }
    expect(reached).toContain('src/core/signature')
    expect([...reached].filter((module) => !/^src\/(?!video-js\/|plugin$)/.test(module))).toEqual([])
  })
})

describe('the demo', () => {
  it('uses only the public entries on the page', () => {
    const page = from('demo/').filter(({ file }) => !file.startsWith('demo/server/'))
    const isPublic = ({ target }: Import) => ['src/index', 'src/check/index'].includes(target)
    expect(page.filter((line) => isIn('src/')(line) && !isPublic(line)).map(show)).toEqual([])
  })

  it('uses only the public signers on its server', () => {
    const server = from('demo/server/').filter(isIn('src/'))
    expect(new Set(server.map(({ target }) => target))).toEqual(new Set(['src/signers/index']))
  })
})

describe('every module of src', () => {
  it('is in no circle of imports, not even of types', () => {
    expect(circles(filesIn('src').flatMap(importsOf))).toEqual([])
  })

  it('would be found in a circle', () => {
    const line = (file: string, target: string) => ({ file: `${file}.ts`, target, isTypeOnly: true, isDynamic: false })
    expect(circles([line('a', 'b'), line('b', 'c'), line('c', 'b'), line('d', 'a')])).toEqual(['b → c → b'])
  })

  it('gives each of its exports a name of its own', () => {
    // The entry for script tags is another build of `index.ts`.
    const modules = filesIn('src').filter((file) => file !== 'src/script-tag.ts')
    const names = modules.flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(EXPORTED)].map(([, name = '']) => ({ name, file })),
    )
    expect(names.map(({ name }) => name)).toContain('openSignedMedia')
    const shared = names.filter(({ name }, index) => names.findIndex((other) => other.name === name) !== index)
    expect(shared).toEqual([])
  })

  it('keeps no state of its own that changes: two players on one page share nothing', () => {
    const stateful = filesIn('src').filter((file) =>
      /^(?:export )?(?:let|var)\s/m.test(readFileSync(join(ROOT, file), 'utf8')),
    )
    expect(stateful).toEqual([])
  })
})
