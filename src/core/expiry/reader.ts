/**
 * Reads one signing scheme from a query, or from a path segment after `/=`.
 * Returns Unix seconds, or an implausible number for any other scheme. Pure, linear, never throws.
 */
export type ExpiryReader = (text: string) => number

const ANY = '[^&~=]*'

/**
 * Returns a reader for the expiry in a field. It counts only beside one of the scheme's `signatures`: unrelated fields
 * with such names are shorter, or numbers.
 *
 * `field` is a pattern of name and value. A field begins the text, or follows `&`, `~` or the name of a value that has its own fields
 * (`hdnts=exp=…~acl=…~hmac=…`). A repeated field counts for nothing: servers differ in which one they take.
 */
export function signed(
  field: string,
  signatures = ANY,
  parse: (value: string, text: string) => number = Number,
): ExpiryReader {
  const fields = new RegExp(`(?:^|[&~=])${field}(?=&|~\\w+=|$)`, 'gi')
  const proof = new RegExp(`(?:^|[&~=])(?:${signatures})=\\d*[^\\d&][^&]{7}`, 'i')
  return (text) => {
    // Most URLs have another scheme. This test is cheap, while `matchAll` compiles its pattern each time.
    if (!proof.test(text)) return 0
    const [match, again] = text.matchAll(fields)
    return match && !again ? parse(match.at(-1) ?? '', text) : 0
  }
}
