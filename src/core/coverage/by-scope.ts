import { CookieCoverage } from './cookie-coverage.js'
import { type Division, type DivisionSettings, oneSignature } from './division.js'
import { SignaturePerFile } from './signature-per-file.js'
import { SignaturePerPlaylist } from './signature-per-playlist.js'

type Divide = (settings: DivisionSettings, isOneFile: boolean) => Division | undefined

/**
 * What each value of the option `scope`, other than `directory`, means for the files of a media. Undefined where it makes no difference, as for an element that
 * loads its one file by itself.
 */
export const DIVISIONS: Readonly<Record<'file' | 'manifest' | 'cookie', Divide>> = {
  file: (settings, isOneFile) => (isOneFile ? undefined : new SignaturePerFile(settings)),
  manifest: (settings, isOneFile) => (isOneFile ? undefined : new SignaturePerPlaylist(settings)),
  cookie: ({ signature }) => oneSignature(signature, new CookieCoverage()),
}
