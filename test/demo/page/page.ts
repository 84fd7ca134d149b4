import index from '../../../index.html?raw'

/** Puts the body of a real page, which contains no script, into the document. Default: `index.html`. */
export function openPage(html = index): HTMLElement {
  document.body.innerHTML = /<body>(.*)<\/body>/s.exec(html)?.[1] ?? ''
  return document.body
}
