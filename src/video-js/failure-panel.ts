import type { PlayerError, SignedPlayer } from './types.js'

const PANEL = 'vjs-signed-url-panel'
/**
 * A site's rules win, because `:where()` counts nothing. The button needs as much as `.video-js button`, by which Video.js resets it; a site writes
 * `.video-js .vjs-signed-url-try-again`. Of a long message the text scrolls, and the button stays in sight. Some versions of Video.js 8 draw a large X behind both.
 */
const STYLES = `:where(.${PANEL}){position:absolute;inset:0;display:flex;flex-flow:column;place-content:center;place-items:center;gap:1em;padding:1em;background:#0009}
:where(.${PANEL} p){margin:0;max-width:32em;overflow:auto;text-wrap:balance}
:where(.vjs-error-display:has(.${PANEL}))::before{display:none}
.${PANEL} button{border:.1em solid;border-radius:.3em;padding:.5em 1.2em;background:#000;cursor:pointer}
:where(.${PANEL} button):is(:hover,:focus-visible){filter:invert(1)}
:where(.${PANEL} [aria-disabled=true]){opacity:.6}`

/**
 * Sets `failure` as the player's error, and fills Video.js's own error display with its message, as text, and a "Try again" button. Where the page has turned that
 * display off, or put its own in its place, the error is all. `tryAgain` rejects when it was in vain.
 *
 * Takes no focus from the page. Focus on a control that the display hides goes to the display (by Video.js), focus on a button that is replaced to the new one, and
 * when the display closes it stays in the player.
 */
export function showPanel(player: SignedPlayer, failure: PlayerError, tryAgain: () => Promise<void>): void {
  const display = player.errorDisplay
  const hadFocus = display?.el().querySelector(`.${PANEL} :focus`)
  player.error(failure)
  // A page's `beforeerror` hook may have changed the message, or taken the error back.
  const error = player.error()
  if (!error || !display?.fillWith) return
  const panel = document.createElement('div')
  const text = document.createElement('p')
  const button = document.createElement('button')
  // Now, because the player may be disposed when trying again ends.
  const idle = player.localize('Try again')
  const busy = player.localize('Trying again…')
  const setBusy = (isBusy: boolean) => {
    button.textContent = isBusy ? busy : idle
    // A disabled button would lose the focus. A second click joins the first.
    button.setAttribute('aria-disabled', `${isBusy}`)
  }
  setBusy(false)
  button.className = 'vjs-signed-url-try-again'
  // Not that of a form around the player.
  button.type = 'button'
  button.onclick = async () => {
    setBusy(true)
    await tryAgain().catch(() => {})
    setBusy(false)
  }
  panel.className = PANEL
  text.textContent = error.message ?? ''
  panel.append(text, button)
  // A modal of Video.js keeps Tab inside, which this one must not: with a single button there would be no way out.
  panel.onkeydown = (event) => {
    if (event.key === 'Tab') event.stopPropagation()
  }
  display.one('modalclose', () => {
    if (panel.querySelector(':focus')) player.el().focus()
  })
  adoptStyles(player.el().getRootNode())
  display.fillWith(panel)
  if (hadFocus) button.focus()
}

/** Once for a document or a shadow tree. A sheet that scripts construct needs no `unsafe-inline` in a Content-Security-Policy. Safari before 16.4 has none. */
function adoptStyles(tree: Node & Partial<DocumentOrShadowRoot>): void {
  const { adoptedStyleSheets: sheets } = tree
  if (!sheets || sheets.some(({ cssRules }) => cssRules[0]?.cssText.includes(PANEL))) return
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLES)
  tree.adoptedStyleSheets = [...sheets, sheet]
}
