const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Returns whether a page at this host reaches the origin only through the site's own port: it was opened on another device, or through a tunnel,
 * and the origin listens on this machine's loopback address.
 */
export function isElsewhere(host: string | undefined): boolean {
  return host !== undefined && URL.canParse(`http://${host}`) && !LOOPBACK_NAMES.has(new URL(`http://${host}`).hostname)
}

/** Returns the origin's URL as the page that sent `request` reaches it. */
export function originFor(request: Request, originUrl: string): string {
  const { host } = new URL(request.url)
  if (!isElsewhere(host)) return originUrl
  return `${request.headers.get('x-forwarded-proto') ?? 'http'}://${host}`
}
