import type { AudioTrackLike } from '../../video-js/types.js'
import type { HlsSession } from './hls-session.js'

/** Keeps `player.audioTracks()` in step with hls.js: lists the tracks of the playing group, and follows the viewer's choice. */
export function syncAudioTracks({ hls, Hls, player, tech, videojs, signal }: HlsSession): void {
  // Safari would also list the element's own track.
  tech.overrideNativeAudioTracks?.(true)
  const list = player.audioTracks()
  let shown: AudioTrackLike[] = []

  const clear = () => {
    for (const track of shown) list.removeTrack(track)
    shown = []
  }
  const fill = () => {
    clear()
    shown = hls.audioTracks.map(
      (track, index) =>
        new videojs.AudioTrack({
          id: String(index),
          kind: track.default ? 'main' : 'alternative',
          label: track.name,
          language: track.lang ?? '',
          enabled: index === hls.audioTrack,
        }),
    )
    for (const track of shown) list.addTrack(track)
  }
  const follow = () => {
    const chosen = shown.findIndex((track) => track.enabled)
    if (chosen >= 0 && chosen !== hls.audioTrack) hls.audioTrack = chosen
  }

  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, fill)
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, () => {
    const track = shown[hls.audioTrack]
    if (track && !track.enabled) track.enabled = true
  })
  list.addEventListener('change', follow)
  signal.addEventListener(
    'abort',
    () => {
      list.removeEventListener('change', follow)
      clear()
    },
    { once: true },
  )
}
