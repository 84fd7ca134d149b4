/** "Unix seconds" of this size and more are milliseconds: 1e11 seconds is the year 5138, 1e11 ms was in 1973. */
const FIRST_MILLISECONDS = 1e11

/** Returns `expiresAt`, an instant in whole Unix seconds; throws a `TypeError` that names the rule it breaks. */
export function checkExpiresAt(expiresAt: number): number {
  const rule = 'expiresAt must be an instant in whole, non-negative Unix seconds'
  if (!Number.isInteger(expiresAt) || expiresAt < 0) throw new TypeError(`${rule}, got ${String(expiresAt)}`)
  if (expiresAt >= FIRST_MILLISECONDS) throw new TypeError(`${rule}, got ${expiresAt}, which looks like milliseconds`)
  return expiresAt
}

/** Returns `value`, or throws a `TypeError` that names the field. The message never shows the value, which may be a secret. */
export function checkText(field: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${field} must be a non-empty string`)
  return value
}
