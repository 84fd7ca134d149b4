import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { recordRow } from '../figures/record.js'
import { BUDGETS, bundleSizes } from '../support/bundle-sizes.js'

it('bundle sizes compared with their budgets, minified and compressed with brotli', async () => {
  const sizes = await bundleSizes(resolve('dist'))
  for (const [part, budget] of Object.entries(BUDGETS)) {
    const bytes = sizes[part as keyof typeof BUDGETS]
    console.info(`${part}: ${bytes} of ${budget} bytes (${(bytes / budget).toFixed(2)})`)
    expect(bytes).toBeGreaterThan(0)
    recordRow('sizes', { part, bytes, budget })
  }
})
