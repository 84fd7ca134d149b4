import type { FileKind } from './core/blame.js'
import { DASH } from './core/coverage/dash-format.js'
import { SignedUrlError } from './core/errors.js'
import type { MediaRequest } from './core/media-request.js'
import { mediaOpener } from './core/open-media.js'
import type { SignedMedia } from './core/signed-media.js'
import { isRecord, readAnswer, type SignedUrlAnswer, type SignReason } from './core/signing/answer.js'
import {
  checkOptions,
  isFunction,
  OPTION_RULES,
  type OptionRules,
  resolveOptions,
  type SignedUrlOptions,
  wrongOption,
} from './options.js'
import { onPageWakeUp } from './page/wake-up.js'
import { setUpSigning, signatureFor } from './signing-setup.js'

/** The plugin's options that don't need Video.js. */
type SigningOptions = Pick<
  SignedUrlOptions,
  'endpoint' | 'request' | 'sign' | 'scope' | 'leadTimeMs' | 'refusedStatuses' | 'retry' | 'allowedOrigins'
>

/** The options of `signedMedia`. Unknown and wrong ones throw a `TypeError` that names the option and the rule. */
export interface SignedMediaOptions extends SigningOptions {
  /** What the site calls the video; with `scope: 'file'`, its unsigned URL. */
  resource: string
  /** A URL that the server signed into the page, which saves the first signing request. One that has expired is not used. */
  signedUrl?: SignedUrlAnswer
  /** Fresh credentials are there. Not called for the first URL. */
  onRefreshed?: (refresh: RefreshReport) => void
  /** A signing request failed, and is tried again if `willRetry`; or the CDN refuses fresh URLs too. */
  onFailed?: (error: SignedUrlError, willRetry: boolean) => void
}

export interface RefreshReport {
  readonly reason: SignReason
  /** Epoch ms in the server's clock; undefined when unknown. */
  readonly expiresAt: number | undefined
  /** How long signing took. */
  readonly tookMs: number
}

/** One video behind a signed URL, for a player that is not Video.js. Nothing that it reports holds a token, except the URLs that it is asked for. */
export interface StandaloneMedia {
  /** The URL to begin with. Signs at the first call. While signing fails it waits, for `refresh()` at the latest; rejects with an `AbortError` after `dispose()`. */
  url(): Promise<string>
  /**
   * One request of the player, through all its tries: send it to `url()`, report the answer to `answered()`, and again while that says so.
   * `url`: as the player names the file, with credentials that may be old. Throws before the first `url()` has resolved.
   */
  request(url: string, options?: { readonly signal?: AbortSignal; readonly kind?: FileKind }): MediaRequest
  /** The URL of a file that the page requests by itself, with the present credentials. A URL that the signature doesn't cover comes back as it is. */
  resolve(url: string): Promise<string>
  /** Gets fresh credentials now, or joins the refresh in flight. Rejects with `SignedUrlError` when it gives up. */
  refresh(): Promise<void>
  /** Epoch ms in the server's clock; undefined when unknown. */
  readonly expiresAt: number | undefined
  /** Ends everything that it waits for. Destroy the player first. */
  dispose(): void
}

const { engine, hls, serviceWorker, errorPanel, refreshOnIntent, protects, ...SIGNING_RULES } = OPTION_RULES
const MEDIA_RULES: OptionRules<SignedMediaOptions> = {
  ...SIGNING_RULES,
  resource: [(value) => typeof value === 'string' && value !== '', 'a string that is not empty'],
  signedUrl: [() => true, 'a URL or an answer'],
  onRefreshed: [isFunction, 'a function'],
  onFailed: [isFunction, 'a function'],
}

/**
 * Signs `resource`, and keeps its URL alive for a player that is not Video.js. The endpoint is not called before `url()` is.
 *
 * Throws `TypeError` for a wrong option. For pages only: it listens for the page's waking up, until `dispose()`.
 */
export function signedMedia(options: SignedMediaOptions): StandaloneMedia {
  const { resource, signedUrl, onRefreshed, onFailed, ...given } = checkOptions<SignedMediaOptions>(
    isRecord(options) ? options : {},
    MEDIA_RULES,
    '',
  )
  if (resource === undefined) throw wrongOption('option `resource` is needed')
  // Nothing tells whether the player is paused.
  const setup = setUpSigning(resolveOptions(given), { isPlaying: () => true, onWakeUp: onPageWakeUp })
  const life = new AbortController()
  // In a turn of its own, because what the page's function throws must not end a refresh.
  const report = (tell: () => void) => queueMicrotask(() => life.signal.aborted || tell())
  let replacesOne = false
  const { signature, client } = signatureFor(resource, setup, {
    onRefreshing() {
      replacesOne = true
    },
    onIssue: (issue) => replacesOne && report(() => onRefreshed?.(issue)),
    onFailure: (error, willRetry) => report(() => onFailed?.(error, willRetry)),
    onSettled() {},
  })
  let media: SignedMedia | undefined
  const opening = mediaOpener({ ...setup.options, signature, client }).then((open) => {
    media = open({ formats: [DASH] })
    return media
  })
  opening.catch(() => {})
  if (signedUrl !== undefined) adopt()
  onPageWakeUp(() => signature.recheck(), life.signal)

  function adopt(): void {
    try {
      signature.adopt(readAnswer(signedUrl, setup.rules))
    } catch (error) {
      if (!(error instanceof SignedUrlError)) throw error
      report(() => onFailed?.(error, true))
    }
  }

  return {
    url: async () => (await opening).start(),
    request(url, how) {
      if (!media) throw new Error('signedUrl: request() needs the media’s first URL: await url() before.')
      return media.request(url, how)
    },
    resolve: async (url) => (await opening).resolve(url),
    refresh: () => signature.refresh('manual'),
    get expiresAt() {
      return signature.issue?.expiresAt
    },
    dispose() {
      life.abort()
      signature.dispose()
    },
  }
}
