import Hls from 'hls.js'
import videojs from 'video.js'
import { registerSignedUrl } from 'videojs-signed-url'

/* A page whose player the bench drives: `signedFilm.play(source)` and `signedFilm.resume(position)`. */

registerSignedUrl(videojs, { Hls })
const player = videojs('film', {
  plugins: { signedUrl: { endpoint: '/api/playback-url', hls: { maxBufferLength: 4, maxMaxBufferLength: 4 } } },
})

Object.assign(window, {
  signedFilm: {
    /** Plays for a moment, and pauses. */
    async play(source: { src: string; type: string }): Promise<void> {
      player.src(source)
      player.play()
      while ((player.currentTime() ?? 0) < PLAYED_S) await new Promise((resolve) => setTimeout(resolve, 50))
      player.pause()
    },
    /** Shows a pointer on the player, waits as long as a hand takes, and clicks: milliseconds from the click to a frame at `position` or later. */
    async resume(position: number): Promise<number> {
      player.el().dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))
      await new Promise((resolve) => setTimeout(resolve, REACH_MS))
      const element = player.el().querySelector('video') as HTMLVideoElement
      const clicked = performance.now()
      player.currentTime(position)
      player.play()
      for (;;) {
        const { now, mediaTime } = await nextFrame(element)
        if (mediaTime >= position - 0.1) return now - clicked
      }
    },
  },
})

const PLAYED_S = 0.5
/** From the pointer's arrival to the click. */
const REACH_MS = 500

const nextFrame = (element: HTMLVideoElement) =>
  new Promise<{ now: number; mediaTime: number }>((resolve) =>
    element.requestVideoFrameCallback((now, { mediaTime }) => resolve({ now, mediaTime })),
  )
