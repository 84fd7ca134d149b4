/** What identifies a track across two loads of the same video: some browsers create new ids. */
function trackKey({ kind, label, language }: { kind: string; label: string; language: string }): string {
  return [kind, label, language].join('\n')
}

interface AudioTracks {
  readonly length: number
  readonly [index: number]: { kind: string; label: string; language: string; enabled: boolean }
}

/** Remembers which of the element's tracks are on. Returns a function that turns them on again once the new source has loaded its own. */
export function keepTracks(element: HTMLVideoElement & { readonly audioTracks?: AudioTracks }): () => void {
  const audio = new Map(Array.from(element.audioTracks ?? [], (track) => [trackKey(track), track.enabled]))
  // The page's own tracks survive a load; those in the file are created again.
  const text = new Map<unknown, TextTrackMode>(
    Array.from(element.textTracks).flatMap((track) => [
      [trackKey(track), track.mode],
      [track, track.mode],
    ]),
  )
  return () => {
    for (const track of Array.from(element.audioTracks ?? [])) {
      const enabled = audio.get(trackKey(track))
      if (enabled !== undefined && track.enabled !== enabled) track.enabled = enabled
    }
    for (const track of Array.from(element.textTracks)) {
      const mode = text.get(track) ?? text.get(trackKey(track))
      if (mode !== undefined && track.mode !== mode) track.mode = mode
    }
  }
}
