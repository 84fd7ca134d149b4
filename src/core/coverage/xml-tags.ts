/** One tag of an XML document, where it stands in the text. */
export interface Tag {
  /** Without its namespace prefix. */
  readonly name: string
  readonly kind: 'start' | 'end' | 'empty'
  /** The position of `<`, and the one behind `>`. */
  readonly at: number
  readonly end: number
}

/** One attribute: its value with entities decoded, and where the raw value stands in the text. */
export interface Attribute {
  readonly value: string
  readonly at: number
  readonly length: number
}

const NAME = /\/?(?:[\w.-]+:)?([\w.-]+)/y
/** The look behind keeps it linear: a long name without a value is read from its beginning only. */
const ATTRIBUTE = /(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** The tags of a document, in order, without comments, CDATA and declarations. Where the text is malformed, it ends. Takes linear time. */
export function* tagsOf(text: string): Generator<Tag> {
  for (let at = text.indexOf('<'); at >= 0; ) {
    const end = endOfMarkup(text, at)
    if (end < 0) return
    NAME.lastIndex = at + 1
    const [, name] = NAME.exec(text) ?? []
    if (name !== undefined) {
      const kind = text[at + 1] === '/' ? 'end' : text[end - 2] === '/' ? 'empty' : 'start'
      yield { name, kind, at, end }
    }
    at = text.indexOf('<', end)
  }
}

/** By name, without namespace declarations' meaning. */
export function attributesOf(text: string, { at, end }: Tag): ReadonlyMap<string, Attribute> {
  const found = new Map<string, Attribute>()
  const tag = text.slice(at, end)
  for (const match of tag.matchAll(ATTRIBUTE)) {
    const [whole, name = '', double, single] = match
    const raw = double ?? single ?? ''
    const start = at + match.index + whole.length - raw.length - 1
    found.set(name, { value: decodeEntities(raw), at: start, length: raw.length })
  }
  return found
}

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x?[\da-f]+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES.get(name) ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole
  })
}

/** For the text of an element or a value in either kind of quotes. */
export function encodeEntities(text: string): string {
  return text.replace(/[&<>"']/g, (character) => {
    const [name = ''] = [...ENTITIES].find(([, one]) => one === character) ?? []
    return `&${name};`
  })
}

/** The position behind the markup that begins at `at`, or -1 where it doesn't end. */
function endOfMarkup(text: string, at: number): number {
  for (const [begin, finish] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (text.startsWith(begin, at)) return behind(text, finish, at + begin.length)
  }
  const next = /[>"']/g
  next.lastIndex = at + 1
  for (let match = next.exec(text); match; match = next.exec(text)) {
    if (match[0] === '>') return match.index + 1
    const closed = behind(text, match[0], match.index + 1)
    if (closed < 0) return -1
    next.lastIndex = closed
  }
  return -1
}

function behind(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at < 0 ? -1 : at + what.length
}
