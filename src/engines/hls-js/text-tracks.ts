import type { HlsSession } from './index.js'

/** What `NON_NATIVE_TEXT_TRACKS_FOUND` tells of one track. hls.js leaves the event's tracks untyped. */
interface FoundTrack {
  readonly _id?: string
  readonly kind: string
  readonly label: string
  readonly default?: boolean
  readonly subtitleTrack?: { readonly lang?: string; readonly id: number; readonly default: boolean }
  readonly closedCaptions?: { readonly lang?: string }
}

/**
 * Shows hls.js's subtitles and CEA-608 captions as Video.js text tracks, so that its menu, its settings and its display serve them.
 * The subtitle playlist of a track is loaded only while the track is shown or read.
 */
export function syncTextTracks({ hls, Hls, player, signal }: HlsSession): void {
  /** By the name under which hls.js hands over cues. */
  const tracks = new Map<string, { readonly track: TextTrack; readonly subtitleIndex: number | undefined }>()
  const list = player.textTracks()

  const follow = () => {
    const subtitles = [...tracks.values()].filter(({ subtitleIndex }) => subtitleIndex !== undefined)
    const inMode = (mode: TextTrackMode) => subtitles.find(({ track }) => track.mode === mode)
    // A hidden track is one that a page reads by itself (transcripts).
    const wanted = (inMode('showing') ?? inMode('hidden'))?.subtitleIndex ?? -1
    if (hls.subtitleTrack !== wanted) hls.subtitleTrack = wanted
  }

  hls.on(Hls.Events.NON_NATIVE_TEXT_TRACKS_FOUND, (_event, data) => {
    for (const found of data.tracks as FoundTrack[]) {
      const { subtitleTrack, kind, label } = found
      const name = cueName(found)
      if (tracks.has(name)) continue
      const language = subtitleTrack?.lang ?? found.closedCaptions?.lang ?? ''
      const track = player.addRemoteTextTrack({ kind, label, language }, false)?.track
      if (!track) continue
      tracks.set(name, { track, subtitleIndex: subtitleTrack?.id })
      track.mode = found.default ? 'showing' : 'disabled'
    }
    follow()
  })
  // hls.js chooses a default by itself; the viewer's choice in Video.js's menu is what counts.
  hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, follow)
  hls.on(Hls.Events.CUES_PARSED, (_event, { track: name, cues }) => {
    const track = tracks.get(name)?.track
    if (track) addNewCues(track, cues)
  })
  list.addEventListener('change', follow)
  signal.addEventListener('abort', () => list.removeEventListener('change', follow), { once: true })
}

function cueName({ _id, subtitleTrack }: FoundTrack): string {
  if (!subtitleTrack) return _id ?? ''
  return subtitleTrack.default ? 'default' : `subtitles${subtitleTrack.id}`
}

/** Seeking back parses a segment again: its cues are there already. */
function addNewCues(track: TextTrack, cues: readonly VTTCue[]): void {
  const known = new Set(Array.from(track.cues ?? [], keyOf))
  for (const cue of cues) if (!known.has(keyOf(cue))) track.addCue(cue)
}

function keyOf(cue: TextTrackCue): string {
  return `${cue.startTime} ${cue.endTime} ${(cue as VTTCue).text}`
}
