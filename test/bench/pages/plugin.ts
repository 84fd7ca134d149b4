import videojs from 'video.js'
import 'videojs-signed-url'
import { markFirstFrame } from './first-frame.js'

/* A site with the plugin. The URL is requested when the source is set. */
const player = videojs('film', { plugins: { signedUrl: { endpoint: '/api/playback-url' } } })
markFirstFrame()
player.src({ src: 'film', type: 'application/x-mpegURL' })
player.play()
