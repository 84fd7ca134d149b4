import Hls from 'hls.js'
import videojs from 'video.js'
import { registerSignedUrl } from 'videojs-signed-url'
import { start } from './start.js'

registerSignedUrl(videojs, { Hls })
start({ src: 'film', type: 'application/x-mpegURL' }, {})
