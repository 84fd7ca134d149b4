import { describe, it } from 'vitest'
import { CREDENTIAL_PROPERTIES } from '../support/credential-properties.js'

describe('carrying credentials onto a hundred thousand random links', () => {
  it.each(Object.entries(CREDENTIAL_PROPERTIES))('%s', { timeout: 600_000 }, (_, prove) => {
    prove(100_000)
  })
})
