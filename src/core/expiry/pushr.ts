import { type ExpiryReader, tokenBeforeExpiry } from './reader.js'

/** PUSHR file and title tokens: `/{token}/{expires}/path…`, for a title with `?pushr=/path/` (the seed on PUSHR; 403 when expired). */
export const readPushr: ExpiryReader = (url) => tokenBeforeExpiry(url, 0)
