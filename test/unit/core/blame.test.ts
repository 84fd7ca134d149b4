import { describe, expect, it } from 'vitest'
import { type Evidence, type Reaction, react } from '../../../src/core/blame.js'

/** A file is refused for the first time, with credentials that are alive by the clock. */
const FIRST: Evidence = {
  isCurrent: true,
  isFresh: true,
  isHidden: false,
  isRepeated: false,
  isKnown: false,
  wasOtherServed: false,
  control: 'unasked',
  isExhausted: false,
}
const AGAIN: Evidence = { ...FIRST, isRepeated: true }

const CASES: readonly (readonly [sentence: string, evidence: Evidence, reaction: Reaction])[] = [
  ['It may be the credentials: fresh ones cost a signing request.', FIRST, 'renew'],
  ['It was sent with credentials that have been replaced since.', { ...FIRST, isCurrent: false }, 'send-again'],
  ['Old credentials say nothing, whatever else is known.', { ...AGAIN, isCurrent: false, isKnown: true }, 'send-again'],
  ['Another segment was served later with the same credentials.', { ...FIRST, wasOtherServed: true }, 'pass-on'],
  ['The file has been found to be refused by itself.', { ...FIRST, isKnown: true }, 'pass-on'],
  [
    'Seconds ago a control was served: other renditions lack the same segment.',
    { ...FIRST, control: 'served' },
    'pass-on',
  ],
  [
    'Near expiry it is the credentials, even for a file that was missing before.',
    { ...FIRST, isFresh: false, isKnown: true },
    'renew',
  ],
  [
    'Near expiry another file that was served shows nothing.',
    { ...FIRST, isFresh: false, wasOtherServed: true },
    'renew',
  ],
  ['Fresh credentials are refused too: a file that was served before tells.', AGAIN, 'ask-control'],
  ['That file is served: so it is about this one.', { ...AGAIN, control: 'served' }, 'pass-on'],
  ['That file is refused too: it is about the credentials.', { ...AGAIN, control: 'refused' }, 'renew'],
  ['No file of its kind was ever served, so nothing can tell.', { ...AGAIN, control: 'none' }, 'renew'],
  [
    'Too many fresh URLs were refused, and so was the control.',
    { ...AGAIN, control: 'refused', isExhausted: true },
    'give-up',
  ],
  [
    'Too many fresh URLs were refused, and no file of this kind was ever served.',
    { ...AGAIN, control: 'none', isExhausted: true },
    'give-up',
  ],
  ['Too many were refused, but a control has not been asked yet.', { ...AGAIN, isExhausted: true }, 'ask-control'],
  ['An error without a status may be a refusal without CORS headers.', { ...FIRST, isHidden: true }, 'renew'],
  [
    'With fresh credentials it may as well be the network: the engine retries.',
    { ...AGAIN, isHidden: true, control: 'none' },
    'pass-on',
  ],
]

describe('a refusal', () => {
  it.each(CASES)('%s', (_sentence, evidence, reaction) => {
    expect(react(evidence)).toBe(reaction)
  })

  it('always ends, whatever is known: a request that is refused again and again is passed on or given up', () => {
    const flags = ['isFresh', 'isHidden', 'isKnown', 'wasOtherServed'] as const
    for (let bits = 0; bits < 2 ** flags.length; bits += 1) {
      const known = Object.fromEntries(flags.map((flag, index) => [flag, Boolean(bits & (2 ** index))]))
      for (const control of ['served', 'refused', 'none'] as const) {
        const reaction = react({ ...AGAIN, ...known, control, isExhausted: true })
        expect(['pass-on', 'give-up']).toContain(reaction)
      }
    }
  })
})
