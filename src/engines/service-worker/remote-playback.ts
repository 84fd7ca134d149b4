declare global {
  interface HTMLMediaElement {
    /** Safari, for AirPlay. */
    readonly webkitCurrentPlaybackTargetIsWireless?: boolean
  }
}

/**
 * Calls `leave` when another device (Cast, AirPlay) plays the element or is about to, also where that is so already. The device requests the
 * element's `src` itself, and no service worker answers it. Nothing happens when the video comes back.
 */
export function onPlayedElsewhere(element: HTMLMediaElement, signal: AbortSignal, leave: () => void): void {
  // Firefox has none.
  const remote: RemotePlayback | undefined = element.remote
  const check = () => {
    if (element.webkitCurrentPlaybackTargetIsWireless || /^connect/.test(remote?.state ?? '')) leave()
  }
  remote?.addEventListener('connecting', check, { signal })
  element.addEventListener('webkitcurrentplaybacktargetiswirelesschanged', check, { signal })
  check()
}
