import { linkedController } from '../../core/wait.js'
import { type CdnAnswer, CHANNEL, type FilmRequest, FOLDER, HELLO, type PageAnswer } from './protocol.js'
import { isPageServed } from './registration.js'

/** What the route asks of a source, as the hls.js loader does. */
export interface RouteSource {
  resolve(url: string, signal?: AbortSignal): string | Promise<string>
  repair(sentUrl: string, status: number, sentAt: number, signal?: AbortSignal): string | Promise<string>
  isRefusal(status: number, sentUrl: string): boolean
  accepted(sentUrl: string, sentAt: number, answeredMs?: number): void
  now(): number
}

export interface RouteSettings {
  /** Where the site serves our worker file, absolute. */
  readonly workerUrl: string
  readonly source: RouteSource
  /** The signed URL of the start, which `resolve` is asked with. */
  readonly url: string
  /** Ends with the source; later requests for the address fail. */
  readonly signal: AbortSignal
  /** Why the worker can't be used, for the console; at most once for each call. Never holds a token. */
  warn(message: string): void
  /**
   * The CDN answers but lets no script read it, and nothing of the film came yet: give the element the signed URL itself. Called before the request fails,
   * so that an element whose `src` is set here and now raises no error.
   */
  onUnreadable(): void
}

/** Firefox ends a worker, and the request that waits in it, 30 s after the last event. */
const AWAKE_MS = 10_000

/**
 * Gives `<video>` an address of the site's own origin that outlives every signed URL, or undefined where no worker can serve this page now.
 *
 * The address ends like the film's own and holds nothing else of the signed URL. Never rejects, and never waits longer than a worker needs to say hello.
 */
export async function openWorkerRoute(settings: RouteSettings): Promise<string | undefined> {
  const { workerUrl, signal, warn } = settings
  // Undefined in an insecure page, whatever the types say.
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker
  if (!container) {
    warn('Service workers need a secure page (https, or localhost).')
    return undefined
  }
  try {
    if (!(await isPageServed({ container, workerUrl, signal, warn }))) return undefined
  } catch (error) {
    if (!signal.aborted) warn(`Service workers can't be used here. ${error}`)
    return undefined
  }
  const session = crypto.randomUUID()
  const answer = requestAnswerer(settings, container)
  container.addEventListener(
    'message',
    (event) => {
      const { data, ports } = event
      if (!isFilmRequest(data) || data.session !== session || !ports[0]) return
      event.stopImmediatePropagation()
      answer(ports[0])
    },
    { signal },
  )
  return `${location.origin}${FOLDER}${session}/film${extensionOf(settings.url)}`
}

/** Sees the worker's requests through, each on its own port, several at a time. */
function requestAnswerer(settings: RouteSettings, container: ServiceWorkerContainer): (port: MessagePort) => void {
  const { source, url, signal, warn, onUnreadable } = settings
  let hasServed = false
  return (port) => {
    const { controller, release } = linkedController(signal)
    const say = (answer: PageAnswer) => port.postMessage(answer)
    let sentUrl = ''
    let sentAt = 0

    const end = () => {
      say({ isFinal: true })
      port.close()
      release()
    }
    const send = async (next: string | Promise<string>) => {
      const awake = setInterval(() => container.controller?.postMessage(HELLO), AWAKE_MS)
      try {
        sentUrl = await next
      } finally {
        clearInterval(awake)
      }
      controller.signal.throwIfAborted()
      sentAt = source.now()
      say({ url: sentUrl })
    }
    const onAnswer = async ({ status, tookMs }: CdnAnswer) => {
      if (status === undefined) controller.abort()
      else if (status >= 200 && status < 300) {
        hasServed = true
        source.accepted(sentUrl, sentAt, tookMs)
      } else if (source.isRefusal(status, sentUrl)) {
        return send(source.repair(sentUrl, status, sentAt, controller.signal))
      } else if (status === 0 && !hasServed && (await isThere(sentUrl, controller.signal))) {
        warn(
          `${new URL(sentUrl).origin} sends no Access-Control-Allow-Origin, so no service worker can read its answers.`,
        )
        onUnreadable()
      }
      end()
    }

    // Only an end of the source or of the request rejects.
    port.onmessage = ({ data }: MessageEvent<CdnAnswer>) => void onAnswer(data).catch(end)
    say({})
    send(source.resolve(url, controller.signal)).catch(end)
  }
}

/** Whether the server answers at all: then it was the browser that kept its answer from us. */
async function isThere(url: string, signal: AbortSignal): Promise<boolean> {
  const { controller, release } = linkedController(signal)
  try {
    await fetch(url, { mode: 'no-cors', signal: controller.signal })
    return !signal.aborted
  } catch {
    return false
  } finally {
    // The answer is the whole film.
    controller.abort()
    release()
  }
}

function extensionOf(url: string): string {
  return /\.\w{1,5}$/.exec(url.replace(/[?#].*/s, ''))?.[0] ?? ''
}

function isFilmRequest(data: unknown): data is FilmRequest {
  return typeof data === 'object' && data !== null && 'channel' in data && data.channel === CHANNEL
}
