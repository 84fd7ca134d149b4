import videojs from 'video.js'
import '../../../src/index.js'
import { createLab } from './lab.js'

/* What a page under test offers to the tests: Video.js with the plugin as a site has it, and instruments. */
Object.assign(window, { videojs, lab: createLab(videojs) })
document.documentElement.dataset.ready = 'true'
