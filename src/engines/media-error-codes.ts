/* Codes of `MediaError`, which Video.js's errors have too. Its own constants exist in browsers only. */

export const NETWORK = 2
export const DECODE = 3
export const NOT_SUPPORTED = 4
/** Of Video.js alone. */
export const ENCRYPTED = 5
