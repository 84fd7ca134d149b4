import type { SignedUrlError } from '../../src/core/errors.js'
import type { SignatureListener } from '../../src/core/signature-settings.js'

/** A listener of a signature that records what it hears, each call as a line of text. */
export function recordingListener() {
  const events: string[] = []
  const errors: SignedUrlError[] = []
  const listener: SignatureListener = {
    onRefreshing: (reason) => events.push(`refreshing ${reason}`),
    onIssue: ({ reason }) => events.push(`issue ${reason}`),
    onFailure: (error, willRetry) => {
      errors.push(error)
      events.push(`failure ${error.code}${willRetry ? '' : ', final'}`)
    },
    onSettled: () => events.push('settled'),
  }
  return { events, errors, listener }
}
