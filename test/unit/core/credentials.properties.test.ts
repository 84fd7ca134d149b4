import { describe, it } from 'vitest'
import { CREDENTIAL_PROPERTIES } from '../../support/credential-properties.js'

/* For a hundred times as many: `npm run bench`. */
describe('carrying credentials: for a thousand links of any film', () => {
  it.each(Object.entries(CREDENTIAL_PROPERTIES))('%s', { timeout: 60_000 }, (_, prove) => {
    prove(1000)
  })
})
