import 'videojs-signed-url'
import { writtenUrl } from './ask.js'
import { start } from './start.js'

start({ src: 'film', type: 'application/x-mpegURL', signedUrl: writtenUrl() }, {})
