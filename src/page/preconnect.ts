/** Where the origin of the last signed URL is kept between visits. */
const KEY = 'videojs-signed-url.origin'

/** How a request is sent, which a connection must match: by a script, without or with cookies, or by an element. */
export type Sender = 'anonymous' | 'use-credentials' | 'element'

/** Opens a connection to the CDN while the endpoint signs: to `origin`, or else to the one of the last visit. */
export function preconnect(sender: Sender, signal: AbortSignal, origin = remembered()): void {
  if (!origin || origin === location.origin) return
  const link = document.createElement('link')
  link.rel = 'preconnect'
  link.href = origin
  if (sender !== 'element') link.crossOrigin = sender
  document.head.append(link)
  signal.addEventListener('abort', () => link.remove(), { once: true })
}

export function rememberOrigin(origin: string): void {
  // Throws where the browser keeps nothing for this page.
  try {
    if (remembered() !== origin) localStorage.setItem(KEY, origin)
  } catch {}
}

function remembered(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}
