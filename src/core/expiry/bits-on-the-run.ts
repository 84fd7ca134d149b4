import { queryValue } from '../query.js'
import { type ExpiryReader, unixSeconds } from './reader.js'

/** Bits on the Run and JW Player: `?exp=…&sig=…` (403 when expired). */
export const readBitsOnTheRun: ExpiryReader = ({ query }) => {
  const expiresAt = unixSeconds(queryValue(query, 'exp'))
  return expiresAt !== undefined && queryValue(query, 'sig') ? { expiresAt } : undefined
}
