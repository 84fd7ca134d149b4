import videojs from 'video.js'
import { ask } from './ask.js'
import { markFirstFrame } from './mark.js'

const player = videojs('film')
markFirstFrame()
const [resource = '', type = ''] = new URLSearchParams(location.search).get('source')?.split(' ') ?? []
player.src({ src: await ask(resource), type })
player.play()
