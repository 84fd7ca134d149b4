import Hls from 'hls.js'
import videojs from 'video.js'
import { ask } from './ask.js'
import { markFirstFrame } from './mark.js'

const player = videojs('film')
markFirstFrame()
player.play()
const hls = new Hls()
hls.loadSource(await ask('film'))
hls.attachMedia(player.el().querySelector('video') as HTMLVideoElement)
