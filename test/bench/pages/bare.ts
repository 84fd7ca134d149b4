import videojs from 'video.js'
import { markFirstFrame } from './first-frame.js'

/* The least that plays HLS with hls.js in Video.js, loaded when it is needed: the URL, signed beforehand, is in the page's address. */
const player = videojs('film')
const element = player.el().querySelector('video')
markFirstFrame()
player.play()
import('hls.js').then(({ default: Hls }) => {
  const hls = new Hls()
  hls.loadSource(new URLSearchParams(location.search).get('url') ?? '')
  if (element) hls.attachMedia(element)
})
