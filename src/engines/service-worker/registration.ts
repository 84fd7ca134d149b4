import { settleOnce } from '../../core/wait.js'
import { CHANNEL, HELLO, type PageCall } from './protocol.js'

export interface RegistrationSettings {
  readonly container: ServiceWorkerContainer
  /** Absolute URL of our worker file. */
  readonly workerUrl: string
  readonly signal: AbortSignal
  warn(message: string): void
}

/** A worker that has to start first takes tens of milliseconds; one without our code never answers. */
const HELLO_MS = 1_000

/**
 * Whether the page is now controlled by a worker that answers the element's requests: ours, or the site's own with ours imported.
 *
 * Never waits for a worker to take control. Where the page has no worker at all, it registers ours for later. Never replaces the site's own worker.
 * Rejects only when `signal` aborts.
 */
export async function isPageServed(settings: RegistrationSettings): Promise<boolean> {
  const { container, workerUrl, signal, warn } = settings
  const registration = await container.getRegistration()
  signal.throwIfAborted()
  const { controller } = container
  const isOwn = registration !== undefined && workersOf(registration).every((worker) => isOurs(worker, workerUrl))
  if (registration && isOwn) askToClaim(registration, settings)
  if (!registration || (isOwn && !workersOf(registration).some(({ scriptURL }) => scriptURL === workerUrl))) {
    register(settings).catch((error) => warn(`${workerUrl} can't be registered as a service worker. ${error}`))
  }
  const worker = controller ?? registration?.active
  if (!worker) return false
  const hasOurCode = await answersHello(worker, signal)
  if (!hasOurCode && !isOwn && registration) {
    warn(
      `This page has a service worker already, ${worker.scriptURL}. To refresh MP4 through it, make its first line importScripts('${workerUrl}').`,
    )
  }
  return hasOurCode && worker === controller
}

async function register(settings: RegistrationSettings): Promise<void> {
  const { container, workerUrl, warn } = settings
  const scope = new URL('.', workerUrl).href
  if (location.href.startsWith(scope)) askToClaim(await container.register(workerUrl), settings)
  else
    warn(
      `A service worker at ${workerUrl} can't serve this page: the file must be in the page's own folder or a folder above it.`,
    )
}

/**
 * Makes our worker control this page as soon as it is active, for later sources.
 *
 * A newer version waits until the site's last tab is closed, which is the browsers' default: taking over would stop the older worker in the middle
 * of its responses, and Firefox would then send the element's next request past both, to the site's server.
 */
function askToClaim(registration: ServiceWorkerRegistration, { container, signal }: RegistrationSettings): void {
  for (const worker of workersOf(registration)) {
    const ask = () => {
      const isNeeded = worker.state === 'activated' && !container.controller
      if (isNeeded) worker.postMessage({ channel: CHANNEL, call: 'claim' } satisfies PageCall)
    }
    ask()
    worker.addEventListener('statechange', ask, { signal })
  }
}

function answersHello(worker: ServiceWorker, signal: AbortSignal): Promise<boolean> {
  const { port1, port2 } = new MessageChannel()
  return settleOnce<boolean>(signal, (resolve) => {
    const timer = setTimeout(() => resolve(false), HELLO_MS)
    port1.onmessage = () => resolve(true)
    worker.postMessage(HELLO, [port2])
    return () => {
      clearTimeout(timer)
      port1.close()
    }
  })
}

function workersOf({ installing, waiting, active }: ServiceWorkerRegistration): ServiceWorker[] {
  return [installing, waiting, active].filter((worker) => worker !== null)
}

/** Whether the worker runs our file, with any version that the site puts in the query. */
function isOurs({ scriptURL }: ServiceWorker, workerUrl: string): boolean {
  return scriptURL.replace(/\?.*/s, '') === workerUrl.replace(/\?.*/s, '')
}
