import videojs from 'video.js'
import { ask } from './ask.js'
import { markFirstFrame } from './mark.js'

const player = videojs('film')
markFirstFrame()
player.play()
const url = await ask('film')
const { default: Hls } = await import('hls.js')
const hls = new Hls()
hls.loadSource(url)
hls.attachMedia(player.el().querySelector('video') as HTMLVideoElement)
