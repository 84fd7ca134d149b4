import shaka from 'shaka-player'
import { signedMedia } from 'videojs-signed-url/hls'
import { signRequests } from './sign-requests.js'

// HLS, or DASH with `?resource=final-2026/manifest.mpd`.
const resource = new URLSearchParams(location.search).get('resource') ?? 'final-2026'
const media = signedMedia({ endpoint: '/api/playback-url', resource, onFailed: console.error })

const player = new shaka.Player()
await player.attach(document.querySelector('video'))
signRequests(player, media)
await player.load(await media.url())
