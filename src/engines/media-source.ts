type MediaSourceClass = new () => MediaSource

declare global {
  interface Window {
    MediaSource?: MediaSourceClass
    ManagedMediaSource?: MediaSourceClass
  }
}

/** The media source class that hls.js would take: the managed one where it is wished for, or, as on an iPhone, where there is no other. */
export function mediaSourceClass(preferManaged = false): MediaSourceClass | undefined {
  const { ManagedMediaSource, MediaSource } = window
  return preferManaged ? (ManagedMediaSource ?? MediaSource) : (MediaSource ?? ManagedMediaSource)
}

/**
 * Gives the element an empty MediaSource at once, so that `loadstart` comes while the click that set the source still counts as the viewer's
 * gesture (`player.play()` waits for `loadstart`), and hls.js can fill it when it has been loaded.
 * Goes past Video.js's own `src` property, which would put the blob's URL into `currentSource()` when one source is set twice in a row.
 */
export function openMediaSource(
  element: HTMLVideoElement,
  preferManaged: boolean | undefined,
  signal: AbortSignal,
): MediaSource {
  const Class = mediaSourceClass(preferManaged) ?? MediaSource
  const mediaSource = new Class()
  // A managed source does not open beside a possible AirPlay route without a source of its own.
  if (Class === window.ManagedMediaSource) element.disableRemotePlayback = true
  const url = URL.createObjectURL(mediaSource)
  setNativeSrc(element, url)
  // Not before the end: an element that is loaded again would find a revoked URL, an error that the viewer sees.
  signal.addEventListener('abort', () => URL.revokeObjectURL(url), { once: true })
  return mediaSource
}

/** Empties the element as a new `src` would. Past Video.js, which would take it for a source that the page has set. */
export function empty(element: HTMLMediaElement): void {
  element.removeAttribute('src')
  HTMLMediaElement.prototype.load.call(element)
}

/** Sets `src` through the element's prototype: Video.js patches the property of its own element to tell `sourceset`. */
export function setNativeSrc(element: HTMLMediaElement, url: string): void {
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src')
  property?.set?.call(element, url)
}
