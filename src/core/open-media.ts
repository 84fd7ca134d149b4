import { type Division, type DivisionSettings, oneSignature } from './coverage/division.js'
import { ElementCoverage } from './coverage/element-coverage.js'
import { FolderCoverage } from './coverage/folder-coverage.js'
import { openSignedMedia, type SignedMedia } from './signed-media.js'

export interface MediaSettings extends DivisionSettings {
  /** The option: what one signature covers. */
  readonly scope: 'directory' | 'file' | 'manifest' | 'cookie'
}

/** Opens the media for an engine. `isOneFile`: an element loads it by itself, so only a cookie can reach its requests without a swap. */
export type OpenMedia = (isOneFile?: boolean) => SignedMedia

/** Most sites have one signature for the whole folder: what the other scopes need is loaded only for them. */
export async function mediaOpener(settings: MediaSettings): Promise<OpenMedia> {
  const { scope, signature } = settings
  const { resource } = signature.settings
  const divide = scope === 'directory' ? undefined : (await import('./coverage/by-scope.js')).DIVISIONS[scope]
  return (isOneFile = false) => {
    const division: Division =
      divide?.(settings, isOneFile) ??
      oneSignature(signature, new (isOneFile ? ElementCoverage : FolderCoverage)(resource))
    return openSignedMedia(signature, division)
  }
}
