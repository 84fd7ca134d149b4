import type { HlsSession } from './hls-session.js'

/** One track of `NON_NATIVE_TEXT_TRACKS_FOUND`, whose tracks hls.js leaves untyped. */
interface FoundTrack {
  readonly _id?: string
  readonly kind: string
  readonly label: string
  readonly default?: boolean
  readonly subtitleTrack?: { readonly lang?: string; readonly id: number; readonly default: boolean }
  readonly closedCaptions?: { readonly lang?: string }
}

interface ShownTrack {
  readonly track: TextTrack
  readonly subtitleIndex: number | undefined
  /** All cues so far: WebKit hides the cues of a disabled track. */
  readonly cues: Map<string, VTTCue>
}

/** Makes the load of a `<track>` element succeed with no cue in it. */
const NO_CUES = 'data:text/vtt,WEBVTT'

/**
 * Shows hls.js's subtitles and CEA-608 captions as Video.js text tracks, so that Video.js's menu, settings and display apply to them.
 * The subtitle playlist of a track is loaded only while the track is shown or read.
 */
export function syncTextTracks({ hls, Hls, player, tech, signal }: HlsSession): void {
  /** By the name that hls.js gives its cues. */
  const tracks = new Map<string, ShownTrack>()
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
      // WebKit's own tracks load when they are first shown, which empties them; without a `src` to load, so does every change of mode.
      const src = tech.featuresNativeTextTracks ? { src: NO_CUES } : {}
      const element = player.addRemoteTextTrack({ kind, label, language, ...src }, false)
      const track = element?.track
      if (!element || !track) continue
      const cues = new Map<string, VTTCue>()
      const fill = () => cues.forEach((cue) => void track.addCue(cue))
      for (const settled of ['load', 'error']) element.addEventListener(settled, fill)
      tracks.set(name, { track, cues, subtitleIndex: subtitleTrack?.id })
      track.mode = found.default ? 'showing' : 'disabled'
    }
    follow()
  })
  // hls.js chooses a default by itself, but the viewer's choice in Video.js's menu is what counts.
  hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, follow)
  hls.on(Hls.Events.CUES_PARSED, (_event, { track: name, cues }) => {
    const shown = tracks.get(name)
    if (shown) addNewCues(shown, cues)
  })
  list.addEventListener('change', follow)
  signal.addEventListener('abort', () => list.removeEventListener('change', follow), { once: true })
}

function cueName({ _id, subtitleTrack }: FoundTrack): string {
  if (!subtitleTrack) return _id ?? ''
  return subtitleTrack.default ? 'default' : `subtitles${subtitleTrack.id}`
}

/** After a seek back hls.js parses a segment again, whose cues are already there. */
function addNewCues({ track, cues: known }: ShownTrack, cues: readonly VTTCue[]): void {
  for (const cue of cues) {
    const key = `${cue.startTime} ${cue.endTime} ${cue.text}`
    if (known.has(key)) continue
    known.set(key, cue)
    track.addCue(cue)
  }
}
