import videojs from 'video.js'
import { writtenUrl } from './ask.js'
import { markFirstFrame } from './mark.js'

const player = videojs('film')
markFirstFrame()
player.play()
const { default: Hls } = await import('hls.js')
const hls = new Hls()
hls.loadSource(writtenUrl())
hls.attachMedia(player.el().querySelector('video') as HTMLVideoElement)
