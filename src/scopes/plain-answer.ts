import type { Answer } from '../core/answer.js'

/** A URL as an answer that no endpoint gave. `expiresAt`: epoch ms. */
export function plainAnswer(url: string, expiresAt?: number): Answer {
  return { url, expiresAt, expiresInMs: undefined, serverTime: undefined, type: undefined }
}
