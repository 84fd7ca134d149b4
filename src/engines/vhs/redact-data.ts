import { redactError, redactText } from '../../core/redact.js'

/** A copy of what VHS reports, with every URL in it redacted. Plain objects, arrays and errors are copied; anything else stays what it is. */
export function redactData(value: unknown, copies = new Map<object, object>()): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known) return known
  const copy = emptyCopy(value)
  if (!copy) return value
  copies.set(value, copy)
  for (const [key, item] of Object.entries(value)) Reflect.set(copy, key, redactData(item, copies))
  return copy
}

function emptyCopy(value: object): object | undefined {
  if (Array.isArray(value)) return []
  if (value instanceof Error) return redactError(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? {} : undefined
}
