import videojs from 'video.js'
import { markFirstFrame } from './first-frame.js'

/* The minimum that plays HLS in Video.js with hls.js loaded on demand. The pre-signed URL is in the page's query. */
const player = videojs('film')
const element = player.el().querySelector('video')
markFirstFrame()
player.play()
import('hls.js').then(({ default: Hls }) => {
  const hls = new Hls()
  hls.loadSource(new URLSearchParams(location.search).get('url') ?? '')
  if (element) hls.attachMedia(element)
})
