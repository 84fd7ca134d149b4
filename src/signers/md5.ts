import { md5 } from '@noble/hashes/legacy.js'

// Web Crypto has no MD5, and `node:crypto` is missing on edge platforms.
function digest(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = md5.create()
  const encoder = new TextEncoder()
  for (const part of parts) hash.update(typeof part === 'string' ? encoder.encode(part) : part)
  return hash.digest()
}

/** MD5 of the joined parts, with text as UTF-8, in lowercase hex. */
export function md5Hex(...parts: (string | Uint8Array)[]): string {
  return Array.from(digest(parts), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** MD5 of the joined parts, with text as UTF-8, in base64url without padding. */
export function md5Base64Url(...parts: (string | Uint8Array)[]): string {
  return btoa(String.fromCharCode(...digest(parts)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
