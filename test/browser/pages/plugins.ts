import './player.js'
import 'videojs-contrib-ads'
import 'videojs-contrib-eme'
import 'videojs-contrib-quality-levels'
import 'videojs-hls-quality-selector'
import 'videojs-hotkeys'
import 'videojs-playlist'
import 'videojs-sprite-thumbnails'

/* The page of `player.ts` with other plugins from npm. A plugin runs only on a player that names it. */
document.documentElement.dataset.plugins = 'true'
