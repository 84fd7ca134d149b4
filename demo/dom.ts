/** Returns the element in `root` that matches `selector`. Throws when the page and its script have drifted apart. */
export function find<T extends Element>(root: ParentNode, selector: string, type: abstract new () => T): T {
  const element = root.querySelector(selector)
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} at ${selector}`)
  return element
}
