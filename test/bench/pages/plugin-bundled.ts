import Hls from 'hls.js'
import videojs from 'video.js'
import { registerSignedUrl } from 'videojs-signed-url'
import { markFirstFrame } from './first-frame.js'

/* A site with the plugin, with hls.js in its own bundle. */
registerSignedUrl(videojs, { Hls })
const player = videojs('film', { plugins: { signedUrl: { endpoint: '/api/playback-url' } } })
markFirstFrame()
player.src({ src: 'film', type: 'application/x-mpegURL' })
player.play()
