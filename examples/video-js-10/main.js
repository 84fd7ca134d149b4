import '@videojs/html/video/player'
import '@videojs/html/video/skin'
import '@videojs/html/video/skin.css'
import Hls from 'hls.js'
import { signedLoader, signedMedia } from 'videojs-signed-url/hls'

const resource = new URLSearchParams(location.search).get('resource') ?? 'final-2026'
const media = signedMedia({ endpoint: '/api/playback-url', resource, onFailed: console.error })

const hls = new Hls({ loader: signedLoader(Hls.DefaultConfig.loader, media) })
hls.attachMedia(document.querySelector('video'))
hls.loadSource(await media.url())
