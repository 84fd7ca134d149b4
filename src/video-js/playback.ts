/* What a source needs once it is to be played. A page that plays none doesn't load it. */
export { mediaOpener } from '../core/open-media.js'
export { onIntent } from './intent.js'
export { watchStalls } from './stall-watch.js'
