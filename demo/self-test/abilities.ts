/** What a browser has that an engine may need. */
export interface Abilities {
  readonly hasMediaSource: boolean
  /** On iPhones the only one. */
  readonly hasManagedMediaSource: boolean
  readonly isSecure: boolean
  readonly hasServiceWorker: boolean
  /** What the `<video>` element says about HLS: `probably`, `maybe`, or nothing. */
  readonly nativeHls: string
  readonly nativeMp4: string
}

/** The parts of `window` that tell. */
export interface Surroundings {
  readonly MediaSource?: unknown
  readonly ManagedMediaSource?: unknown
  readonly isSecureContext: boolean
  readonly navigator: object
  readonly document: Pick<Document, 'createElement'>
}

export function readAbilities(page: Surroundings): Abilities {
  const video = page.document.createElement('video')
  return {
    hasMediaSource: page.MediaSource !== undefined,
    hasManagedMediaSource: page.ManagedMediaSource !== undefined,
    isSecure: page.isSecureContext,
    hasServiceWorker: 'serviceWorker' in page.navigator,
    nativeHls: video.canPlayType('application/vnd.apple.mpegurl'),
    nativeMp4: video.canPlayType('video/mp4; codecs="avc1.4d401e, mp4a.40.2"'),
  }
}

/** Returns the abilities in words, for the report. */
export function describeAbilities(abilities: Abilities): string {
  const { hasMediaSource, hasManagedMediaSource, isSecure, hasServiceWorker, nativeHls, nativeMp4 } = abilities
  return [
    `MediaSource ${yesOrNo(hasMediaSource)}`,
    `ManagedMediaSource ${yesOrNo(hasManagedMediaSource)}`,
    `service workers ${yesOrNo(hasServiceWorker)}`,
    `secure page ${yesOrNo(isSecure)}`,
    `native HLS ${nativeHls || 'no'}`,
    `native MP4 ${nativeMp4 || 'no'}`,
  ].join(', ')
}

function yesOrNo(holds: boolean): string {
  return holds ? 'yes' : 'no'
}
