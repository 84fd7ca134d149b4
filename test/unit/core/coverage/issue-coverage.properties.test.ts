import { describe, it } from 'vitest'
import { CREDENTIAL_PROPERTIES } from '../../../support/credential-properties.js'

/* `npm run bench:costs` checks each property on a hundred thousand links. */
describe('carrying credentials onto forty random links', () => {
  it.each(Object.entries(CREDENTIAL_PROPERTIES))('%s', { timeout: 60_000 }, (_, prove) => {
    prove(40)
  })
})
