import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SESSION_ENDED, VIEWER_SENTENCES } from '../../src/video-js/viewer-sentences.js'

/** What the button says, as it stands in the source. */
const labels = [...readFileSync('src/video-js/failure-panel.ts', 'utf8').matchAll(/'(Try[^']+)'/g)].map(
  ([, label = '']) => label,
)
const texts = [...Object.values(VIEWER_SENTENCES), SESSION_ENDED, ...labels]
const files = readdirSync('src/lang')
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(`src/lang/${file}`, 'utf8'))

describe('the language files', () => {
  it('are German, Spanish and French', () => {
    expect(files).toEqual(['de.json', 'es.json', 'fr.json'])
    expect(labels.sort()).toEqual(['Try again', 'Trying again…'])
  })

  it.each(files)('%s has every text that a viewer reads, and no other', (file) => {
    expect(Object.keys(read(file)).sort()).toEqual([...texts].sort())
  })

  it.each(files)('%s ends each translation as the English text ends', (file) => {
    for (const [text, translation] of Object.entries(read(file))) {
      expect(translation.trim()).toBe(translation)
      expect(translation).not.toBe(text)
      expect(translation.at(-1)).toBe(/[.…]$/.test(text) ? text.at(-1) : translation.at(-1))
    }
  })
})
