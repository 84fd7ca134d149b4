import type { TechElement } from '../video-js/types.js'

type MediaSourceClass = new () => MediaSource

declare global {
  interface Window {
    MediaSource?: MediaSourceClass
    ManagedMediaSource?: MediaSourceClass
  }
}

/** The media source class that hls.js would take: the managed one where it is preferred or, as on an iPhone, the only one. */
export function mediaSourceClass(preferManaged = false): MediaSourceClass | undefined {
  const { ManagedMediaSource, MediaSource } = window
  return preferManaged ? (ManagedMediaSource ?? MediaSource) : (MediaSource ?? ManagedMediaSource)
}

/**
 * Gives the element an empty MediaSource at once, so that `loadstart` fires while the click that set the source still counts as the viewer's
 * gesture (`player.play()` waits for `loadstart`), and hls.js can fill it once it has loaded.
 * Bypasses Video.js's own `src` property, which would put the blob's URL into `currentSource()` when one source is set twice in a row.
 */
export function openMediaSource(
  element: TechElement,
  preferManaged: boolean | undefined,
  signal: AbortSignal,
): MediaSource {
  const Class = mediaSourceClass(preferManaged) ?? MediaSource
  const mediaSource = new Class()
  // Without its own AirPlay source, a managed source does not open while remote playback is possible.
  if (Class === window.ManagedMediaSource && !element.disableRemotePlayback) {
    element.disableRemotePlayback = true
    // A later MP4 can go to AirPlay again.
    signal.addEventListener('abort', () => Object.assign(element, { disableRemotePlayback: false }), { once: true })
  }
  const url = URL.createObjectURL(mediaSource)
  setNativeSrc(element, url)
  // Only at the end: an element that is loaded again would find a revoked URL, an error that the viewer sees.
  signal.addEventListener('abort', () => URL.revokeObjectURL(url), { once: true })
  return mediaSource
}

/** Empties the element as a new `src` would. Bypasses Video.js, which would take it for a source that the page has set. */
export function empty(element: HTMLMediaElement): void {
  element.removeAttribute('src')
  HTMLMediaElement.prototype.load.call(element)
}

/**
 * Sets `src` through the element's prototype: Video.js patches the property of its own element to fire `sourceset`. And until the first of those it would take a
 * `<track>` that is appended for the first source, which puts the signed URL into `currentSource()`.
 */
export function setNativeSrc(element: HTMLMediaElement & Pick<TechElement, 'resetSourceWatch_'>, url: string): void {
  element.resetSourceWatch_?.()
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src')
  property?.set?.call(element, url)
}
