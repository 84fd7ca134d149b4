import { CookieCoverage } from './cookie-coverage.js'
import { type Division, type DivisionSettings, oneSignature } from './division.js'
import { SignaturePerFile } from './signature-per-file.js'
import { SignaturePerPlaylist } from './signature-per-playlist.js'

type Divide = (settings: DivisionSettings) => Division | undefined

/**
 * What the values of the option `scope` that few sites need mean for the files of a media. Undefined where one makes no difference, as for an element that loads its
 * one file by itself.
 */
export const DIVISIONS: Readonly<Record<'file' | 'manifest' | 'cookie', Divide>> = {
  file: (settings) => (settings.formats.length === 0 ? undefined : new SignaturePerFile(settings)),
  manifest: (settings) => (settings.formats.length === 0 ? undefined : new SignaturePerPlaylist(settings)),
  cookie: ({ signature }) => oneSignature(signature, new CookieCoverage()),
}
