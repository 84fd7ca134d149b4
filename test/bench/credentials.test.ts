import { describe, it } from 'vitest'
import { CREDENTIAL_PROPERTIES } from '../support/credential-properties.js'

describe('carrying credentials: for a hundred thousand links of any film', () => {
  it.each(Object.entries(CREDENTIAL_PROPERTIES))('%s', { timeout: 600_000 }, (_, prove) => {
    prove(100_000)
  })
})
