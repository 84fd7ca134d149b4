/*
 * How schemes write an instant, besides plain seconds. Each function turns what a scheme's pattern matched into Unix seconds.
 * Never throws; NaN or 0 means none.
 */

export function hexSeconds(value: string): number {
  return Number(`0x${value}`)
}

/** ISO 8601 in UTC; its colons may be percent-encoded. */
export function isoDate(value: string): number {
  return Date.parse(value.replace(/%3a/gi, ':')) / 1000
}

/** `20230630T113555Z`, and the duration elsewhere in `text`. */
export function dateAndDuration(value: string, text: string): number {
  const issuedAt = isoDate(value.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'))
  return issuedAt + Number(/x-\w+-expires=(\d{1,6})\b/i.exec(text)?.[1])
}

/**
 * A JSON Web Token, or CloudFront's policy in its own base64: `_` for the padding, `~` for the slash. base64url of JSON never ends with `_`, because
 * JSON ends with a brace.
 */
export function signedJson(value: string): number {
  const base64 = (value.split('.')[1] ?? value)
    .replace(/_{1,2}$/, '')
    .replace(/-/g, '+')
    .replace(/[_~]/g, '/')
  try {
    const signed = JSON.parse(atob(base64))
    return Number(signed.exp ?? signed.Statement[0].Condition.DateLessThan['AWS:EpochTime'])
  } catch {
    return 0
  }
}
