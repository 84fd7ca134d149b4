import videojs from 'video.js'

/** The function `videojs`, as the types under test have it. `test/support/type-check.ts` writes another one for nodenext, where Video.js's types say that it is a property of the import. */
export default videojs
