import '@videojs/html/video/player'
import '@videojs/html/video/skin'
import '@videojs/html/video/skin.css'
import '@videojs/html/media/hls-video'
import Hls from 'hls.js'
import { signedLoader, signedMedia } from 'videojs-signed-url/hls'

const resource = new URLSearchParams(location.search).get('resource') ?? 'final-2026'
const media = signedMedia({ endpoint: '/api/playback-url', resource, onFailed: console.error })

const element = document.querySelector('hls-video')
element.config = { loader: signedLoader(Hls.DefaultConfig.loader, media) }
element.src = await media.url()
