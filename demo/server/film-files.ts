import { readdirSync, statSync } from 'node:fs'
import { extname, join, resolve, sep } from 'node:path'
import { MADE_FILMS } from './made-films.js'

const CONTENT_TYPES: Record<string, string> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.ts': 'video/mp2t',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.aac': 'audio/aac',
  '.ogg': 'audio/ogg',
  '.vtt': 'text/vtt; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
}

/** A file on disk, or the part of one that starts at `offset`. */
export interface LocatedFile {
  readonly path: string
  readonly offset: number
  readonly size: number
  readonly contentType: string
}

/** The films in `root` and, once they have been made, in `made`: one folder each, named by slug. `broadcasts` holds those that ffmpeg is making now. */
export class FilmFiles {
  readonly #roots: readonly string[]

  constructor(root: string, made = MADE_FILMS, broadcasts?: string) {
    this.#roots = [root, made, ...(broadcasts === undefined ? [] : [broadcasts])].map((folder) => resolve(folder))
  }

  /** Splits a resource into the first folder that is a film, and the rest. `film` alone means `film/master.m3u8`. */
  find(resource: string): { slug: string; file: string } | undefined {
    const base = 'http://host.invalid'
    if (!URL.canParse(resource, base)) return undefined
    const segments = new URL(resource, base).pathname.split('/').filter(Boolean).map(decode)
    const slugs = this.#folders()
    const at = segments.findIndex((segment) => slugs.has(segment))
    const slug = segments[at]
    return slug === undefined ? undefined : { slug, file: segments.slice(at + 1).join('/') || 'master.m3u8' }
  }

  /** Returns the file on disk, or undefined if the film's folder has no such file. */
  locate(slug: string, file: string): LocatedFile | undefined {
    const folder = this.#folders().get(slug)
    if (folder === undefined) return undefined
    const path = resolve(folder, file)
    if (!path.startsWith(folder + sep) || path.includes('\0')) return undefined
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats?.isFile()) return undefined
    const contentType = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream'
    return { path, offset: 0, size: stats.size, contentType }
  }

  /** Folders by slug. The first root wins. Read each time, because films are made while the server runs. */
  #folders(): Map<string, string> {
    const found = this.#roots.flatMap((root) => foldersIn(root).map((slug) => [slug, join(root, slug)] as const))
    return new Map(found.reverse())
  }
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
  } catch {
    return []
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
