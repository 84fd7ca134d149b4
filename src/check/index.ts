/**
 * Looks at what a player would meet at a signed URL, and says what is wrong and how to fix it. Uses `fetch` only, so it runs in Node and in browsers;
 * `npx videojs-signed-url check` is the same as a command.
 */
export { checkSignedUrl } from './check-signed-url.js'
export { CouldNotCheckError } from './could-not-check.js'
export type { CheckReport, Finding, FindingCode, Unchecked, VideoKind } from './report.js'
export { FINDING_CODES } from './report.js'
export type { CheckOptions } from './settings.js'
