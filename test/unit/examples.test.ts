import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, read, scripts } from '../support/documents.js'

/* The players in `examples`, as files. `test/installed/examples.test.ts` runs them. */

const players = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('vite.config.js') && !file.includes('node_modules'))
  .map((file) => file.replace(/[\\/]vite\.config\.js$/, ''))

describe('the examples of players', () => {
  it('are those of the table', () => {
    expect(players.length).toBeGreaterThanOrEqual(4)
    const [table = ''] = read('examples/README.md').split('## Signing endpoints')
    expect([...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, folder]) => folder).sort()).toEqual([...players].sort())
  })

  it('have the same signing endpoint, because each folder stands alone', () => {
    expect(new Set(players.map((player) => read(`examples/${player}/vite.config.js`))).size).toBe(1)
  })

  it('have the component of the React recipe', () => {
    const recipe = scripts.find(({ title }) => title === '// video-player.jsx')?.code
    expect(`// video-player.jsx\n${read('examples/react/video-player.jsx')}`).toBe(recipe)
  })
})
