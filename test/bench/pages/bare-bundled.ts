import Hls from 'hls.js'
import videojs from 'video.js'
import { markFirstFrame } from './first-frame.js'

/* The minimum that plays HLS with hls.js in Video.js. The pre-signed URL is in the page's query. */
const player = videojs('film')
const element = player.el().querySelector('video')
const hls = new Hls()
markFirstFrame()
hls.loadSource(new URLSearchParams(location.search).get('url') ?? '')
if (element) hls.attachMedia(element)
player.play()
