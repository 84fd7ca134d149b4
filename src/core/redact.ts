import { splitUrl } from './split-url.js'

const URLS_IN_TEXT = /\b(?:https?|blob):[^\s"'<>`]+/gi
const MARK = '…'

/**
 * Shows a URL without its credentials: `https://cdn.example/…/master.m3u8?…`.
 *
 * Keeps only the origin and the file's name: any folder of the path may be a token (Gcore, PUSHR, Bunny), whether or not a reader knows it.
 * Of a long file name only the extension is kept, because Wowza and JWT schemes put tokens there. Never throws.
 */
export function redact(url: string): string {
  const split = splitUrl(url)
  if (!split) return url.replace(/^([a-z][\w+.-]*:)?.*/is, `$1${MARK}`)
  const host = split.prefix.replace(/\/\/[^/@]*@/, '//')
  const file = split.segments.at(-1) ?? ''
  const folders = split.segments.length > 1 ? `/${MARK}` : ''
  return `${host}${folders}/${redactFile(file)}${split.query === undefined ? '' : `?${MARK}`}`
}

function redactFile(file: string): string {
  if (!/[\w+-]{20,}/.test(file)) return file
  return `${MARK}${/\.[a-z0-9]{1,5}$/i.exec(file)?.[0] ?? ''}`
}

/** `text` with every URL in it redacted. */
export function redactText(text: string): string {
  return text.replace(URLS_IN_TEXT, redact)
}

/** A copy of whatever was thrown that is safe to log: its name and message with URLs redacted, without its causes. */
export function redactError(thrown: unknown): Error {
  const copy = new Error(redactText(thrown instanceof Error ? thrown.message : String(thrown)))
  copy.name = thrown instanceof Error ? thrown.name : 'Error'
  delete copy.stack
  return copy
}
