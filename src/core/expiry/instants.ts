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

/** What is read of signed JSON. Any of it may be missing, or of another type. */
interface SignedJson {
  /** A JSON Web Token. */
  readonly exp?: unknown
  /** CloudFront's policy, which has one statement. */
  readonly Statement?: readonly {
    readonly Resource?: unknown
    readonly Condition?: { readonly DateLessThan?: { readonly 'AWS:EpochTime'?: unknown } }
  }[]
}

/** The expiry in a JSON Web Token or in CloudFront's policy. */
export function jsonExpiry(value: string): number {
  const signed = signedJson(value)
  const instant = signed?.exp ?? signed?.Statement?.[0]?.Condition?.DateLessThan?.['AWS:EpochTime']
  // An object may have a `toString` that is no function.
  return typeof instant === 'object' ? Number.NaN : Number(instant)
}

/**
 * What is signed in a JSON Web Token, or in CloudFront's policy with its own base64: `_` for the padding, `~` for the slash. base64url of JSON never ends with `_`,
 * because JSON ends with a brace. Undefined for anything else.
 */
export function signedJson(value: string): SignedJson | undefined {
  const base64 = (value.split('.')[1] ?? value)
    .replace(/_{1,2}$/, '')
    .replace(/-/g, '+')
    .replace(/[_~]/g, '/')
  try {
    return JSON.parse(atob(base64)) ?? undefined
  } catch {
    return undefined
  }
}
