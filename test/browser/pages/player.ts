import videojs from 'video.js'
import '../../../src/index.js'
import { createLab } from './lab.js'

/* What the page under test offers to tests: Video.js with the plugin, as on a site, and the lab. */
Object.assign(window, { videojs, lab: createLab(videojs) })
document.documentElement.dataset.ready = 'true'
