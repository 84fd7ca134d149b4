import 'videojs-signed-url'
import { start } from './start.js'

start({ src: 'film', type: 'application/x-mpegURL' }, { engine: 'vhs' })
