import { invalid } from './answer.js'

export function contentTypeOf({ headers }: Response): string {
  return headers.get('content-type') ?? ''
}

/** The body as an answer: JSON where its type or its first character says so, else a bare URL; never HTML (a login page, an error page). */
export function readBody(contentType: string, body: string): unknown {
  const text = body.trim()
  if (text === '') throw invalid('is empty')
  if (/html/i.test(contentType) || text.startsWith('<')) throw invalid('is a page')
  if (!/json/i.test(contentType) && !/^[{["]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message would quote the text, and a token with it.
    throw invalid('is unreadable JSON')
  }
}
