import { readScheme } from '../expiry/index.js'
import { splitUrl } from '../split-url.js'

/** Folders whose name without credentials is remembered. */
const MOST_FOLDERS = 1_000

/** Which file a link leads to, without its credentials: links of different signatures have one name. Most links of a playlist share a folder, which is read once. */
export class FileNames {
  readonly #folders = new Map<string, string>()

  of(uri: string): string {
    const path = uri.replace(/[?#].*/s, '')
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    return folder === '' ? path : this.#nameOfFolder(folder) + path.slice(folder.length)
  }

  #nameOfFolder(folder: string): string {
    const remembered = this.#folders.get(folder)
    if (remembered !== undefined) return remembered
    const split = splitUrl(/^https?:/i.test(folder) ? folder : `https://-/${folder.replace(/^\//, '')}`)
    const slots = split ? readScheme(split).pathSlots : []
    const name = split ? split.segments.filter((_segment, slot) => !slots.includes(slot)).join('/') : folder
    if (this.#folders.size >= MOST_FOLDERS) this.#folders.clear()
    this.#folders.set(folder, name)
    return name
  }
}
