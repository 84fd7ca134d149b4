import { escapePattern } from '../escape-pattern.js'
import { parseUrl } from '../split-url.js'
import { type Attribute, attributesOf, decodeEntities, encodeEntities, type Tag, tagsOf } from './xml-tags.js'

/** One link as it is written in an MPD: an attribute, or the text of an element. */
export interface MpdLink {
  /** Entities are decoded. */
  readonly uri: string
  /** Where it is written: the same in every later version of the MPD. */
  readonly place: string
}

/** What a player requests because of an MPD. */
export interface MpdFile {
  /** Absolute; `$Number$`, `$Time$` and `$SubNumber$` may still stand in it, with their formats. */
  readonly url: string
  /** Period, AdaptationSet, Representation and what it is of them: the same in every later version. */
  readonly place: string
}

/** A link with its place in the text. */
interface Written extends MpdLink {
  readonly at: number
  readonly length: number
}

/** What is inherited from Period to AdaptationSet to Representation. @see ISO/IEC 23009-1 section 5.3.9 */
interface Level {
  readonly name: string
  readonly place: string
  readonly attributes: ReadonlyMap<string, Attribute>
  readonly parent: Level | undefined
  /** Of each alternative. */
  readonly baseUrls: string[]
  /** By what they are: `initialization`, `media`, `index`; the latter two may be one of a list. */
  readonly files: Map<string, string>
  /** How many elements of a name it has had. */
  readonly children: Map<string, number>
  /** Of its SegmentList: in a live MPD, where the list's window slides, it tells which segments are the same. */
  startNumber: number
}

const LEVELS = ['MPD', 'Period', 'AdaptationSet', 'Representation']
/** Elements of a level whose attributes are links, and what each is to a player. */
const LINK_ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SegmentTemplate: { initialization: 'initialization', media: 'media', index: 'index' },
  Initialization: { sourceURL: 'initialization' },
  RepresentationIndex: { sourceURL: 'index' },
  BitstreamSwitching: { sourceURL: 'switching' },
  SegmentURL: { media: 'media', index: 'index' },
}
const VARIABLE = /\$(?:Number|Time|SubNumber)(?:%0\d+d)?\$/g

/** The MPD with other links, as `replace` has them. Text that isn't an MPD, and what follows malformed XML, comes back as it is. */
export function withMpdLinks(text: string, replace: (link: MpdLink) => string): string {
  const pieces: string[] = []
  let end = 0
  for (const link of read(text).links) {
    const uri = replace(link)
    if (uri === link.uri) continue
    pieces.push(text.slice(end, link.at), encodeEntities(uri))
    end = link.at + link.length
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(end)
}

/** The files of an MPD that was loaded from `mpdUrl`, with all that is inherited filled in. */
export function mpdFiles(text: string, mpdUrl: string): MpdFile[] {
  const { representations, locations } = read(text)
  const located = locations.flatMap(({ uri, place }) => {
    const url = parseUrl(uri, mpdUrl)?.href
    return url === undefined ? [] : { url, place }
  })
  return [...located, ...representations.flatMap((one) => filesOf(one, mpdUrl))]
}

/** No template has more, and no number more digits: with neither limit a hostile one would take exponential time. */
const MOST_VARIABLES = 4

/** The numbers with which `url` was made from `template`; undefined where it wasn't. Without variables: none, where both are equal. */
export function valuesIn(template: string, url: string): string[] | undefined {
  const pieces = template.split(VARIABLE).map(escapePattern)
  if (pieces.length > MOST_VARIABLES + 1) return undefined
  const pattern = pieces.join('(\\d{1,20})')
  return new RegExp(`^${pattern}$`).exec(url)?.slice(1)
}

/** `template` with `values` in place of its variables, in order. */
export function fillTemplate(template: string, values: readonly string[]): string {
  let index = 0
  return template.replace(VARIABLE, (variable) => values[index++] ?? variable)
}

function read(text: string): { links: Written[]; representations: Level[]; locations: Written[] } {
  const links: Written[] = []
  const locations: Written[] = []
  const representations: Level[] = []
  let level: Level | undefined
  let textOf: Tag | undefined
  for (const tag of tagsOf(text)) {
    if (level === undefined && tag.name !== 'MPD') return { links: [], representations: [], locations: [] }
    if (tag.kind === 'end') {
      if (textOf?.name === tag.name && level) readText(level, textOf, tag)
      textOf = undefined
      if (level?.name === tag.name) level = level.parent
      continue
    }
    textOf = /^(?:BaseURL|Location|PatchLocation)$/.test(tag.name) && tag.kind === 'start' ? tag : undefined
    if (LEVELS.indexOf(tag.name) > LEVELS.indexOf(level?.name ?? '')) {
      const entered = enter(text, tag, level)
      if (tag.name === 'Representation') representations.push(entered)
      if (tag.kind === 'start') level = entered
    } else if (level) readAttributes(level, tag)
  }
  return { links, representations, locations }

  function readText(owner: Level, start: Tag, end: Tag): void {
    const raw = text.slice(start.end, end.at)
    const trimmed = raw.trim()
    const uri = decodeEntities(trimmed)
    const place = placeIn(owner, start.name)
    const link = { uri, place, at: start.end + raw.indexOf(trimmed), length: trimmed.length }
    links.push(link)
    if (start.name === 'BaseURL') owner.baseUrls.push(uri)
    else locations.push(link)
  }

  function readAttributes(owner: Level, tag: Tag): void {
    if (tag.name === 'SegmentList') {
      owner.startNumber = Number(attributesOf(text, tag).get('startNumber')?.value ?? 1)
    }
    const kinds = LINK_ATTRIBUTES[tag.name]
    if (!kinds) return
    const attributes = attributesOf(text, tag)
    const isListed = tag.name === 'SegmentURL'
    const place = isListed
      ? `${owner.place}/SegmentURL:${owner.startNumber + countIn(owner, tag.name)}`
      : placeIn(owner, tag.name)
    for (const [name, what] of Object.entries(kinds)) {
      const attribute = attributes.get(name)
      if (!attribute) continue
      links.push({ uri: attribute.value, place: `${place}@${name}`, at: attribute.at, length: attribute.length })
      owner.files.set(isListed ? `${place}@${name}` : what, attribute.value)
    }
  }
}

function enter(text: string, tag: Tag, parent: Level | undefined): Level {
  const attributes = attributesOf(text, tag)
  const id = attributes.get('id')?.value
  const index = parent ? countIn(parent, tag.name) : 0
  const place = `${parent?.place ?? ''}/${tag.name}:${id ?? index}`
  return {
    name: tag.name,
    place,
    attributes,
    parent,
    baseUrls: [],
    files: new Map(),
    children: new Map(),
    startNumber: 1,
  }
}

function placeIn(level: Level, name: string): string {
  return `${level.place}/${name}:${countIn(level, name)}`
}

function countIn({ children }: Level, name: string): number {
  const count = children.get(name) ?? 0
  children.set(name, count + 1)
  return count
}

function filesOf(representation: Level, mpdUrl: string): MpdFile[] {
  const levels = lineOf(representation)
  const files = new Map(levels.flatMap((level) => [...level.files]))
  const id = representation.attributes.get('id')?.value ?? ''
  const bandwidth = representation.attributes.get('bandwidth')?.value ?? ''
  const fill = (uri: string) =>
    uri.replaceAll('$RepresentationID$', () => id).replaceAll('$Bandwidth$', () => bandwidth)
  const bases = levels.reduce<readonly string[]>((above, { baseUrls }) => resolveAll(above, baseUrls), [mpdUrl])
  return bases.flatMap((base, index) => {
    const place = `${representation.place} ${index}`
    // Without segments of their own, a Representation is the file that its BaseURL names.
    const whole = files.has('media') || [...files.keys()].some((what) => what.includes('@')) ? [] : [['BaseURL', base]]
    return [...files, ...whole].flatMap(([what = '', uri = '']) => {
      const url = parseUrl(fill(uri), base)?.href
      return url === undefined || url === mpdUrl ? [] : { url, place: `${place} ${what}` }
    })
  })
}

/** From the MPD down. */
function lineOf(level: Level): Level[] {
  return level.parent ? [...lineOf(level.parent), level] : [level]
}

function resolveAll(above: readonly string[], baseUrls: readonly string[]): readonly string[] {
  if (baseUrls.length === 0) return above
  return above.flatMap((base) => baseUrls.flatMap((uri) => parseUrl(uri, base)?.href ?? []))
}
