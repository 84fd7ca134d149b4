import videojs from 'video.js'
import '../../../src/index.js'

/* What a page under test offers to the tests: Video.js with the plugin, as a site would have it. */
Object.assign(window, { videojs })
document.documentElement.dataset['ready'] = 'true'
