import type { SignedMedia } from '../../core/signed-media.js'
import { linkedController } from '../../core/wait.js'
import {
  type CdnAnswer,
  type ElementRequest,
  type FileVersion,
  FOLDER,
  HELLO,
  isOnChannel,
  type PageAnswer,
} from './protocol.js'
import { openLine } from './registration.js'

export interface RouteSettings {
  /** Absolute URL at which the site serves our worker file. */
  readonly workerUrl: string
  readonly media: Pick<SignedMedia, 'request'>
  /** The signed URL that the source started with; each request is for it. */
  readonly url: string
  /** Aborts when the source ends; later requests for the address fail. */
  readonly signal: AbortSignal
  /** Reports why the worker can't be used, at most once a call. The message is for the console and never holds a token. */
  warn(message: string): void
  /**
   * Called when the CDN answers but lets no script read the response or its `Content-Range`, and nothing has been served yet: set the signed URL itself
   * on the element.
   * The call comes before the request fails, so that an element whose `src` is set synchronously fires no error.
   */
  onUnreadable(): void
}

/** How often to send a hello while a request waits: Firefox stops a worker 30 s after its last event, and the request with it. */
const KEEP_ALIVE_MS = 10_000

/**
 * Returns an address for `<video>` on the site's own origin that outlives every signed URL, or undefined where no worker can serve this page now.
 *
 * The address contains the extension of the signed URL and nothing else of it. Never rejects, and waits no longer than a worker takes to answer a hello.
 */
export async function openWorkerRoute(settings: RouteSettings): Promise<string | undefined> {
  const { workerUrl, signal, warn } = settings
  // Undefined on an insecure page, despite its type.
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker
  if (!container) {
    warn('Service workers need a secure page (https, or localhost).')
    return undefined
  }
  const session = crypto.randomUUID()
  // Rejects only when the source ends.
  const line = await openLine({ container, workerUrl, session, signal, warn }).catch(() => undefined)
  if (!line) return undefined
  const answer = createAnswerer(settings, container)
  const hear = (event: MessageEvent) => {
    const { data, ports } = event
    if (!isOnChannel<ElementRequest>(data) || data.session !== session || !ports[0]) return
    event.stopImmediatePropagation()
    answer(ports[0])
  }
  line.onmessage = hear
  container.addEventListener('message', hear, { signal })
  signal.addEventListener('abort', () => {
    line.postMessage({})
    line.close()
  })
  return `${location.origin}${FOLDER}${session}/film${extensionOf(settings.url)}`
}

/** Returns a function that answers one request of the worker on its own port. Several requests may be open at a time. */
function createAnswerer(settings: RouteSettings, container: ServiceWorkerContainer): (port: MessagePort) => void {
  const { media, url, signal, warn, onUnreadable } = settings
  let hasServed = false
  /** Of the file that the element has a part of. */
  let version: FileVersion = {}
  return (port) => {
    const { controller, release } = linkedController(signal)
    const reply = (answer: PageAnswer) => port.postMessage(answer)
    const request = media.request(url, { signal: controller.signal })
    let sentUrl = ''

    const end = () => {
      reply({ isFinal: true })
      port.close()
      release()
    }
    const send = async () => {
      const keepAlive = setInterval(() => container.controller?.postMessage(HELLO), KEEP_ALIVE_MS)
      try {
        sentUrl = await request.url()
      } finally {
        clearInterval(keepAlive)
      }
      controller.signal.throwIfAborted()
      reply({ url: sentUrl, version })
    }
    const onAnswer = async ({ status, tookMs, fault, version: received }: CdnAnswer) => {
      if (status === undefined) controller.abort()
      else if ((await request.answered({ status, tookMs })).again) return send()
      else if (fault === 'rangeHidden') leave('Access-Control-Expose-Headers: Content-Range')
      else if (status >= 200 && status < 300 && !fault) {
        hasServed = true
        version = { ...received, ...version }
      } else if (status === 0 && !hasServed && (await isReachable(sentUrl, controller.signal))) {
        leave('Access-Control-Allow-Origin')
      }
      end()
    }
    const leave = (header: string) => {
      warn(`${new URL(sentUrl).origin} sends no ${header}, so no service worker can use its responses.`)
      if (!hasServed) onUnreadable()
    }

    // Rejects only when the source or the request ends.
    port.onmessage = ({ data }: MessageEvent<CdnAnswer>) => void onAnswer(data).catch(end)
    reply({})
    send().catch(end)
  }
}

/** Whether the server answers at all. If it does, the browser has hidden its response. */
async function isReachable(url: string, signal: AbortSignal): Promise<boolean> {
  const { controller, release } = linkedController(signal)
  try {
    await fetch(url, { mode: 'no-cors', signal: controller.signal })
    return !signal.aborted
  } catch {
    return false
  } finally {
    // The response would be the whole file.
    controller.abort()
    release()
  }
}

function extensionOf(url: string): string {
  return /\.\w{1,5}$/.exec(url.replace(/[?#].*/s, ''))?.[0] ?? ''
}
