import 'videojs-signed-url'
import { start } from './start.js'

start({ src: 'film/film.mp4', type: 'video/mp4' }, {})
