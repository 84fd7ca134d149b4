/** Reads one signing scheme from a query, or from a path segment behind `/=`: Unix seconds, or no plausible number for any other. Pure, linear, never throws. */
export type ExpiryReader = (text: string) => number

const ANY = '[^&~=]*'

/**
 * The expiry in a field, if beside it stands one of the scheme's `signatures`: unrelated fields of such names are shorter, or numbers.
 *
 * `field` is a pattern of name and value. A field begins the text, or follows `&`, `~` or the name of a value with fields of its own
 * (`hdnts=exp=…~acl=…~hmac=…`). One that stands there twice tells nothing: servers differ in which they take.
 */
export function signed(
  field: string,
  signatures = ANY,
  parse: (value: string, text: string) => number = Number,
): ExpiryReader {
  const fields = new RegExp(`(?:^|[&~=])${field}(?=&|~\\w+=|$)`, 'gi')
  const proof = new RegExp(`(?:^|[&~=])(?:${signatures})=\\d*[^\\d&][^&]{7}`, 'i')
  return (text) => {
    // Most schemes are another's: this tells it at once, where `matchAll` makes its pattern anew each time.
    if (!proof.test(text)) return 0
    const [match, again] = text.matchAll(fields)
    return match && !again ? parse(match.at(-1) ?? '', text) : 0
  }
}
