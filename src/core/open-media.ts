import { isServedNow } from './control.js'
import { AutoDivision } from './coverage/auto-division.js'
import { type Division, type DivisionSettings, oneSignature } from './coverage/division.js'
import { ElementCoverage } from './coverage/element-coverage.js'
import { HLS } from './coverage/hls-format.js'
import { IssueCoverage } from './coverage/issue-coverage.js'
import type { PlaylistFormat } from './coverage/playlist-format.js'
import { Refusals } from './refusals.js'
import { openSignedMedia, type SignedMedia } from './signed-media.js'

export interface MediaSettings extends Omit<DivisionSettings, 'formats' | 'refusals'> {
  /** The option: what one signature covers. */
  readonly scope: 'auto' | 'directory' | 'file' | 'manifest' | 'cookie'
}

/**
 * Opens the media for an engine. `isOneFile`: an element loads it by itself, so only a cookie can reach its requests without a swap. `formats`: which playlists the
 * engine reads besides HLS.
 */
export type OpenMedia = (how?: { isOneFile?: boolean; formats?: readonly PlaylistFormat[] }) => SignedMedia

/** What the other scopes need is loaded only for them. */
export async function mediaOpener(settings: MediaSettings): Promise<OpenMedia> {
  const { scope, signature } = settings
  const { resource } = signature.settings
  const divide =
    scope === 'auto' || scope === 'directory' ? undefined : (await import('./coverage/by-scope.js')).DIVISIONS[scope]
  const byIssue = ({ formats, refusals }: DivisionSettings): Division => {
    if (formats.length === 0) return oneSignature(signature, new ElementCoverage(resource))
    if (scope === 'auto') return new AutoDivision({ signature, formats, refusals })
    return oneSignature(signature, new IssueCoverage(resource))
  }
  return ({ isOneFile = false, formats: others = [] } = {}) => {
    const refusals: Refusals = new Refusals({
      signature,
      scope,
      isServed: isServedNow,
      partOf: (url) => division.partOf(url),
    })
    const own: DivisionSettings = { ...settings, refusals, formats: isOneFile ? [] : [HLS, ...others] }
    const division = divide?.(own) ?? byIssue(own)
    return openSignedMedia(signature, division, refusals)
  }
}
