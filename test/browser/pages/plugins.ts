import './player.js'
import 'videojs-contrib-ads'
import 'videojs-contrib-eme'
import 'videojs-contrib-quality-levels'
import 'videojs-hls-quality-selector'
import 'videojs-hotkeys'
import 'videojs-playlist'

/* The page of `player.ts` with the plugins from npm that sites have beside this one; each is in use only where a player names it. */
document.documentElement.dataset.plugins = 'true'
