import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { expect } from 'vitest'

/* The README and the pages of docs/, as tests read them: their code blocks, tables and headings. */

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const pages = new Map(PAGES.map((file) => [file, read(file)]))
export const pageOf = (file: string) => pages.get(file) ?? ''
export const everything = [...pages.values()].join('\n')

interface Block {
  readonly page: string
  readonly title: string
  readonly language: string
  readonly code: string
}

export const blocks: readonly Block[] = [...pages].flatMap(([page, text]) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    page,
    title: code.trim().split('\n')[0] ?? '',
    language,
    code,
  })),
)
export const html = blocks.filter(({ language }) => language === 'html')
/** Script blocks, and what stands between the script tags of pages. */
export const scripts: readonly Block[] = [
  ...blocks.filter(({ language }) => ['js', 'jsx', 'ts'].includes(language)),
  ...html.flatMap(({ page, code }) =>
    [...code.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, inner = '']) => ({
      page,
      title: inner.trim().split('\n')[0] ?? '',
      language: 'js',
      code: inner,
    })),
  ),
]

export const IMPORT = /^import (?:(?:\* as )?(\w+) from |\{\s*([^}]+?),?\s*\} from )?'([^']+)'.*$/gm

/** The names that a script imports from `specifier`. */
export function importsFrom(specifier: string, code: string): string[] {
  return [...code.matchAll(IMPORT)]
    .filter(([, , , from]) => from === specifier)
    .flatMap(([, single, names]) => [single ?? [], names?.split(/,\s*/) ?? []].flat())
}

/** Runs a script in this realm, with `bindings` for what it imports or finds on its page. */
export function run(code: string, bindings: Record<string, unknown>): void {
  compileFunction(code.replace(IMPORT, ''), Object.keys(bindings))(...Object.values(bindings))
}

/** The names that a module exports, types included. */
export function exportsOf(file: string): string[] {
  const source = read(file)
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names = '']) => names.split(','))
  const declared = [...source.matchAll(/^export (?:function|const|class) (\w+)/gm)].map(([, name = '']) => name)
  return [...lists.map((name) => name.replace(/\btype\b/, '').trim()), ...declared].filter(Boolean)
}

/** The trimmed cells of a line of a table; none in any other line. */
const cellsIn = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

/** The rows of the tables on `page` whose head begins with `head`. */
export function tables(page: string, head: string): string[][][] {
  const rows = pageOf(page).split('\n').map(cellsIn)
  const starts = rows.flatMap(([cell], index) =>
    cell === head && /^-+$/.test(rows[index + 1]?.[0] ?? '') ? index : [],
  )
  expect(starts, `a table on ${page} that begins with ${head}`).not.toEqual([])
  return starts.map((start) => {
    const length = rows.slice(start).findIndex((cells) => cells.length === 0)
    return rows.slice(start + 2, start + length)
  })
}

/** The rows of the first of them. */
export function table(page: string, head: string): string[][] {
  return tables(page, head)[0] ?? []
}

export const codeIn = (cell: string | undefined) =>
  [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
/** What the first cell of each row shows as code. */
export const firstColumn = (page: string, head: string) => table(page, head).map(([cell]) => codeIn(cell)[0] ?? '')

/** Runs a module's text with `bindings` for what it imports. Returns what it exports as `name`. */
export function exported<T>(name: string, code: string, bindings: Record<string, unknown> = {}): T {
  const body = code.replace(IMPORT, '').replace(/^export /gm, '')
  return compileFunction(`${body}\nreturn ${name}`, Object.keys(bindings))(...Object.values(bindings))
}

/** A page without its code blocks and inline code. */
export function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
}

/** The anchors of a page's headings, as GitHub and its likes make them. */
export function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  )
}
