/// <reference types="vite/client" />
import 'video.js/dist/video-js.css'
import '../page.css'
import '../player.css'
import './existing-player.css'
import videojs from 'video.js'
import type Player from 'video.js/dist/types/player.js'
import 'videojs-contrib-quality-levels'
import 'videojs-hls-quality-selector'
import 'videojs-playlist'
import 'videojs-sprite-thumbnails'
// A site writes `import 'videojs-signed-url'`.
import '../../src/index.js'
import { find } from '../dom.js'
import { ownStage } from '../own-stage.js'
import { PlaylistMenu } from './playlist-menu.js'
import storyboard from './storyboard.jpg'

/* The player of a site that has been there for years: VHS, a quality menu, a playlist, previews. The plugin is one line of its options. */

const HLS = 'application/x-mpegURL'
const PREVIEWS = { url: storyboard, width: 160, height: 90, columns: 6, interval: 2 }
const FILMS = [
  { name: 'The Short Life of a Token', sources: [{ src: 'film', type: HLS }] },
  { name: 'The Trailer', sources: [{ src: 'clips/ts/master.m3u8', type: HLS }] },
]

type PlaylistPlayer = Player & {
  playlist: {
    (items: typeof FILMS): unknown
    currentItem(index?: number): number
    autoadvance(delayS: number): void
  }
}

const { stage, endpoint } = ownStage('existing-player')
await stage.change({ lifeMs: 10_000 }).catch(() => {
  find(document, '#refreshes', HTMLElement).textContent = 'The demo’s server does not answer.'
})

const player = videojs('film', {
  fluid: true,
  aspectRatio: '16:9',
  html5: { vhs: { overrideNative: true } },
  plugins: {
    hlsQualitySelector: { displayCurrentLabel: true },
    spriteThumbnails: PREVIEWS,
    signedUrl: { endpoint },
  },
}) as PlaylistPlayer
player.playlist(FILMS)
player.playlist.autoadvance(0)

const menu = new PlaylistMenu(document, {
  names: FILMS.map(({ name }) => name),
  choose(index) {
    player.playlist.currentItem(index)
    player.play()?.catch(() => {})
  },
})
player.on('playlistitem', () => menu.show(player.playlist.currentItem()))
menu.show(player.playlist.currentItem())

const line = find(document, '#refreshes', HTMLElement)
player.on(['signedurlrefreshed', 'playlistitem'], () => {
  const { refreshes } = player.signedUrl().stats
  line.textContent = `${refreshes} ${refreshes === 1 ? 'refresh' : 'refreshes'} since this film began.`
})
document.documentElement.dataset.ready = 'true'
