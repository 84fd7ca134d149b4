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
  /** All cues that the viewer can seek to: WebKit hides the cues of a disabled track. */
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
  /** The element has the video's timeline, which an ad's may replace for a time. */
  let isInTime = true

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
      const shown = { track, cues, subtitleIndex: subtitleTrack?.id }
      for (const settled of ['load', 'error']) element.addEventListener(settled, () => isInTime && fill(shown))
      tracks.set(name, shown)
      track.mode = found.default ? 'showing' : 'disabled'
    }
    follow()
  })
  // hls.js chooses a default by itself, but the viewer's choice in Video.js's menu is what counts.
  hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, follow)
  hls.on(Hls.Events.CUES_PARSED, (_event, { track: name, cues }) => {
    const shown = tracks.get(name)
    const added = shown && rememberNew(shown, cues)
    if (isInTime) added?.forEach((cue) => void shown?.track.addCue(cue))
  })
  hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => {
    if (!details.live) return
    // After a pause the viewer plays from the buffer what the window has lost.
    const start = Math.min(details.fragmentStart, tech.el().currentTime)
    for (const shown of tracks.values()) forgetBefore(shown, start)
  })
  // The video's cues would be shown at the times of the ad.
  hls.on(Hls.Events.MEDIA_DETACHING, (_event, { transferMedia }) => {
    if (transferMedia || !isInTime) return
    isInTime = false
    tracks.forEach(clear)
  })
  hls.on(Hls.Events.MEDIA_ATTACHING, () => {
    if (isInTime) return
    isInTime = true
    tracks.forEach(fill)
  })
  list.addEventListener('change', follow)
  signal.addEventListener('abort', () => list.removeEventListener('change', follow), { once: true })
}

function cueName({ _id, subtitleTrack }: FoundTrack): string {
  if (!subtitleTrack) return _id ?? ''
  return subtitleTrack.default ? 'default' : `subtitles${subtitleTrack.id}`
}

/** Returns the cues that were not known: after a seek back hls.js parses a segment again. */
function rememberNew({ cues: known }: ShownTrack, cues: readonly VTTCue[]): VTTCue[] {
  return cues.filter((cue) => {
    const key = `${cue.startTime} ${cue.endTime} ${cue.text}`
    if (known.has(key)) return false
    known.set(key, cue)
    return true
  })
}

/** Removes the cues before a live window: Video.js looks through all that it has at every frame. */
function forgetBefore({ track, cues }: ShownTrack, start: number): void {
  for (const [key, cue] of cues) {
    if (cue.endTime >= start) continue
    cues.delete(key)
    remove(track, cue)
  }
}

function fill({ track, cues }: ShownTrack): void {
  for (const cue of cues.values()) track.addCue(cue)
}

function clear({ track, cues }: ShownTrack): void {
  // Video.js looks for a cue from the end.
  for (const cue of [...cues.values()].reverse()) remove(track, cue)
}

function remove(track: TextTrack, cue: VTTCue): void {
  try {
    track.removeCue(cue)
  } catch {
    // WebKit, whose track was emptied while it loaded.
  }
}
