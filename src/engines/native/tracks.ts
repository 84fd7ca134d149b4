/** What names a track across two loads of one film; ids are made anew by some browsers. */
function nameOf({ kind, label, language }: { kind: string; label: string; language: string }): string {
  return [kind, label, language].join('\n')
}

interface AudioTracks {
  readonly length: number
  readonly [index: number]: { kind: string; label: string; language: string; enabled: boolean }
}

/** Remembers which of the element's tracks are on; answers with what chooses them again when the new source has brought its own. */
export function keepTracks(element: HTMLVideoElement & { readonly audioTracks?: AudioTracks }): () => void {
  const audio = new Map(Array.from(element.audioTracks ?? [], (track) => [nameOf(track), track.enabled]))
  // The page's own tracks stay; those in the file come anew.
  const text = new Map<unknown, TextTrackMode>(
    Array.from(element.textTracks).flatMap((track) => [
      [nameOf(track), track.mode],
      [track, track.mode],
    ]),
  )
  return () => {
    for (const track of Array.from(element.audioTracks ?? [])) {
      const enabled = audio.get(nameOf(track))
      if (enabled !== undefined && track.enabled !== enabled) track.enabled = enabled
    }
    for (const track of Array.from(element.textTracks)) {
      const mode = text.get(track) ?? text.get(nameOf(track))
      if (mode !== undefined && track.mode !== mode) track.mode = mode
    }
  }
}
