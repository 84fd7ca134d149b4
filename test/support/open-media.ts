import { isServedNow } from '../../src/core/control.js'
import type { Division } from '../../src/core/coverage/division.js'
import type { Verdict } from '../../src/core/media-request.js'
import { Refusals } from '../../src/core/refusals.js'
import type { Signature } from '../../src/core/signature.js'
import { openSignedMedia, type SignedMedia } from '../../src/core/signed-media.js'

interface How {
  readonly scope?: string
  readonly isServed?: typeof isServedNow
}

/** Opens media as `mediaOpener` does, divided by what `divide` makes. */
export function openDivided(
  signature: Signature,
  divide: (refusals: Refusals) => Division,
  { scope = 'auto', isServed = isServedNow }: How = {},
): SignedMedia {
  const refusals: Refusals = new Refusals({ signature, scope, isServed, partOf: (url) => division.partOf(url) })
  const division = divide(refusals)
  return openSignedMedia(signature, division, refusals)
}

/** A verdict that took no other request. */
export function atOnce(verdict: Verdict | Promise<Verdict>): Verdict {
  if (verdict instanceof Promise) throw new Error('The verdict is not there yet.')
  return verdict
}
