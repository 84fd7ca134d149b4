import type { Check, Column } from './figures.js'

/**
 * Why this plugin may be behind in a column. The document shows a reason only where the figures say so, and the test of the document fails where
 * one is missing.
 */
export const REASONS: Readonly<Partial<Record<Column | Check, string>>> = {
  stalledMs:
    'A swap takes as long as `player.src()`: the browser opens the film again and has to load what it plays. The service worker needs no swap.',
  longestMs:
    'A swap takes as long as `player.src()`: the browser opens the film again and has to load what it plays. The service worker needs no swap.',
  bytesTwice: 'After a swap the browser loads again what it had loaded ahead. The service worker needs no swap.',
  refused:
    'A swap stops the picture, so the plugin swaps only when the browser needs the URL, which a refused request shows. A timer swaps while the URL lives, and stops the picture for longer.',
  signings:
    'A page that waits for an error signs when the film has stopped. The plugin signs before each expiry, so that the film does not stop.',
  file: 'VHS itself changes the rendition, and takes as long without the plugin, as the HLS rows show.',
  slow: 'With a swap the film waits for the endpoint and then for the browser, which opens the film again. The service worker signs ahead of time.',
}
