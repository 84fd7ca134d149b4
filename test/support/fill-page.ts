/** `page` with `blocks` in their places, each between `<!-- topic:name -->` and `<!-- /topic:name -->`. Throws where a place is missing. */
export function fillPage(page: string, topic: string, blocks: Readonly<Record<string, string>>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const place = new RegExp(`(<!-- ${topic}:${name} -->\n)[\\s\\S]*?(\n<!-- /${topic}:${name} -->)`)
    if (!place.test(text)) throw new Error(`The page on ${topic} has no place for ${name}.`)
    return text.replace(place, (_all, before: string, after: string) => `${before}\n${block}\n${after}`)
  }, page)
}
