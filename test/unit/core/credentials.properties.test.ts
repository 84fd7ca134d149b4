import { describe, it } from 'vitest'
import { CREDENTIAL_PROPERTIES } from '../../support/credential-properties.js'

/* For a hundred thousand links each: `npm run bench`. */
describe('carrying credentials: for eighty links of any film', () => {
  it.each(Object.entries(CREDENTIAL_PROPERTIES))('%s', { timeout: 60_000 }, (_, prove) => {
    prove(80)
  })
})
