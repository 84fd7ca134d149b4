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
    for (const cue of cues) {
      const key = `${cue.startTime} ${cue.endTime} ${cue.text}`
      // After a seek back hls.js parses a segment again.
      if (!shown || shown.cues.has(key)) continue
      shown.cues.set(key, cue)
      if (isInTime) shown.track.addCue(cue)
    }
  })
  // Video.js looks through all cues at every frame, so those go that have left a live window.
  hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details: { live, fragmentStart } }) => {
    // After a pause the viewer plays from the buffer what the window has lost.
    const start = Math.min(live ? fragmentStart : 0, tech.el().currentTime)
    for (const { track, cues } of tracks.values()) {
      for (const [key, cue] of cues) if (cue.endTime < start && cues.delete(key)) remove(track, cue)
    }
  })
  // The video's cues would be shown at the times of the ad.
  hls.on(Hls.Events.MEDIA_DETACHING, (_event, { transferMedia }) => {
    if (transferMedia || !isInTime) return
    isInTime = false
    for (const { track, cues } of tracks.values()) for (const cue of cues.values()) remove(track, cue)
  })
  hls.on(Hls.Events.MEDIA_ATTACHING, () => {
    if (!isInTime) tracks.forEach(fill)
    isInTime = true
  })
  list.addEventListener('change', follow)
  signal.addEventListener('abort', () => list.removeEventListener('change', follow), { once: true })
}

function cueName({ _id, subtitleTrack }: FoundTrack): string {
  if (!subtitleTrack) return _id ?? ''
  return subtitleTrack.default ? 'default' : `subtitles${subtitleTrack.id}`
}

function fill({ track, cues }: ShownTrack): void {
  for (const cue of cues.values()) track.addCue(cue)
}

function remove(track: TextTrack, cue: VTTCue): void {
  try {
    track.removeCue(cue)
  } catch {
    // WebKit, whose track was emptied while it loaded.
  }
}
