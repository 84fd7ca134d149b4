import videojs from 'video.js'
import { addVideo, BUFFER_S, type Film, type Playing } from '../film.js'

/* What the contestants in Video.js share. */

type Player = ReturnType<typeof videojs>

export interface Source {
  readonly src: string
  readonly type: string
}

export function createPlayer(film: Film, options: Record<string, unknown> = {}): Player {
  const vhs: unknown = Reflect.get(videojs, 'Vhs')
  // VHS has one set of limits for all players.
  if (vhs) Object.assign(vhs, { GOAL_BUFFER_LENGTH: BUFFER_S, MAX_GOAL_BUFFER_LENGTH: BUFFER_S })
  const video = addVideo(film)
  video.className = 'video-js'
  // The player is smaller than the film, and VHS would choose the rendition by that.
  const html5 = { vhs: { overrideNative: true, limitRenditionByPlayerDimensions: false } }
  return videojs(video, { muted: true, enableSourceset: true, html5, ...options })
}

export function listeningToPlayer(player: Player): Playing {
  return { listen: (type, listener) => player.on(type, listener) }
}

/** Sets another URL of the film and goes on at the same place, as answers in forums recommend. */
export function reloadAt(player: Player, source: Source, { position, isPaused }: Place): void {
  player.one('loadedmetadata', () => player.currentTime(position))
  player.src(source)
  if (!isPaused) player.play()?.catch(() => {})
}

interface Place {
  readonly position: number
  readonly isPaused: boolean
}
