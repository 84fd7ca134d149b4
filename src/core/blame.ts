/** What a request is for. `file`: the engine doesn't tell, or plays one file only. */
export type FileKind = 'playlist' | 'segment' | 'key' | 'file'

/** What is known when the CDN refuses a file. */
export interface Evidence {
  /** The request carried the newest credentials. */
  readonly isCurrent: boolean
  /** By the clock, those are alive. */
  readonly isFresh: boolean
  /** The error has no status: the browser hides it, or there was no answer. */
  readonly isHidden: boolean
  /** This request has been refused with older credentials before. */
  readonly isRepeated: boolean
  /** The file has been found to be refused whatever it is requested with. */
  readonly isKnown: boolean
  /** Another file of the same kind was requested later with the same credentials, and served. */
  readonly wasOtherServed: boolean
  /** What became of the last file of the same kind that had been served, requested once more with fresh credentials. `none`: no file of that kind ever was. */
  readonly control: 'unasked' | 'served' | 'refused' | 'none'
  /** As many fresh URLs as the option `retry.maxAttempts` allows were refused for files of this kind, with none served in between. */
  readonly isExhausted: boolean
}

/**
 * - `send-again`: the credentials were too old, and there are newer ones. Costs nothing.
 * - `renew`: they may be dead. Costs a signing request; then the file is requested again.
 * - `ask-control`: fresh ones are refused too. Costs a request for a file that was served before, without its body.
 * - `pass-on`: the refusal is about the file. The engine gets it as it came, and nothing is learned from it.
 * - `give-up`: it is about the credentials, and no fresh ones help.
 */
export type Reaction = 'send-again' | 'renew' | 'ask-control' | 'pass-on' | 'give-up'

/** Decides whom a refusal is about, the file or the credentials, or what to spend to find out. */
export function react(evidence: Evidence): Reaction {
  const { isCurrent, isFresh, isHidden, isRepeated, isKnown, wasOtherServed, control, isExhausted } = evidence
  if (!isCurrent) return 'send-again'
  if (isFresh && (isKnown || wasOtherServed || control === 'served')) return 'pass-on'
  // What has no status may be the network, which is the engine's to retry.
  if (isHidden && isRepeated) return 'pass-on'
  if (isRepeated && control === 'unasked') return 'ask-control'
  return isExhausted ? 'give-up' : 'renew'
}
