import { queryValue } from '../query.js'
import { type ExpiryReader, unixSeconds } from './reader.js'

const TOKENS = ['token', 'md5']

/** nginx `secure_link` as ClubEvent and Gcore's CDN use it: `?token=…&expires=…` or `?md5=…&expires=…` (410 when expired). */
export const readSecureLink: ExpiryReader = ({ query }) => {
  const expiresAt = unixSeconds(queryValue(query, 'expires'))
  if (expiresAt === undefined || !TOKENS.some((key) => queryValue(query, key))) return undefined
  return { expiresAt }
}
