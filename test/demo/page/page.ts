import html from '../../../index.html?raw'

/** Puts the body of the real `index.html`, which contains no script, into the document. */
export function openPage(): HTMLElement {
  document.body.innerHTML = /<body>(.*)<\/body>/s.exec(html)?.[1] ?? ''
  return document.body
}
