import videojs from 'video.js'
import { markFirstFrame } from './mark.js'

/** A page whose video starts at once. */
export function start(source: { src: string; type: string; signedUrl?: string }, signedUrl: object): void {
  const player = videojs('film', { plugins: { signedUrl: { endpoint: '/api/playback-url', ...signedUrl } } })
  markFirstFrame()
  player.src(source)
  player.play()
}
