/** What is known to be wrong in more than one row. */
export const SOUND_FAILS_FIRST =
  'It goes on, except where the segment of the sound fails first: then VHS requests nothing more and reports no error, so that the plugin has nothing to act on.'
