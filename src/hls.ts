export type { FileKind } from './core/blame.js'
export { SignedUrlError, type SignedUrlErrorCode } from './core/errors.js'
export type { MediaAnswer, MediaRequest, Verdict } from './core/media-request.js'
export type { SignedUrlAnswer, SignReason } from './core/signing/answer.js'
export type { RetryPolicy } from './core/signing/retry.js'
export type { SignContext } from './core/signing/signing-client.js'
export { type LoaderClass, signedLoader } from './engines/hls-js/signed-loader.js'
export {
  type RefreshReport,
  type SignedMediaOptions,
  type StandaloneMedia,
  signedMedia,
} from './standalone-media.js'
