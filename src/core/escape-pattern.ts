/** `text` as a regular expression that matches it and nothing else. Supported browsers don't all have `RegExp.escape`. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
