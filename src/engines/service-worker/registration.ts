import { settleOnce } from '../../core/wait.js'
import { CHANNEL, HELLO, type PageCall } from './protocol.js'

export interface WorkerWish {
  readonly container: ServiceWorkerContainer
  /** Absolute URL of our file. */
  readonly workerUrl: string
  readonly signal: AbortSignal
  warn(message: string): void
}

/** A worker that has to start first takes tens of milliseconds; one that doesn't know us never answers. */
const HELLO_MS = 1_000

/**
 * Whether a worker that answers film requests controls the page now: ours, or the site's own with ours imported. Never waits for one to get there; where
 * the page has no worker at all, ours is registered for later. The site's own worker is never replaced. Rejects only when `signal` aborts.
 */
export async function isPageServed(wish: WorkerWish): Promise<boolean> {
  const { container, workerUrl, signal, warn } = wish
  const registration = await container.getRegistration()
  signal.throwIfAborted()
  const { controller } = container
  const isOwn = registration !== undefined && workersOf(registration).every((worker) => isOurs(worker, workerUrl))
  if (registration && isOwn) askToClaim(registration, wish)
  if (!registration || (isOwn && !workersOf(registration).some(({ scriptURL }) => scriptURL === workerUrl))) {
    register(wish).catch((error) => warn(`${workerUrl} can't be registered as a service worker. ${error}`))
  }
  const worker = controller ?? registration?.active
  if (!worker) return false
  const isUnderstood = await saysHello(worker, signal)
  if (!isUnderstood && !isOwn && registration) {
    warn(
      `This page has a service worker already, ${worker.scriptURL}. For MP4 to be refreshed by it, its first line has to be importScripts('${workerUrl}').`,
    )
  }
  return isUnderstood && worker === controller
}

async function register(wish: WorkerWish): Promise<void> {
  const { container, workerUrl, warn } = wish
  const scope = new URL('.', workerUrl).href
  if (location.href.startsWith(scope)) askToClaim(await container.register(workerUrl), wish)
  else warn(`A service worker at ${workerUrl} can't serve this page: it would have to lie in a folder above it.`)
}

/**
 * Has our worker control this page as soon as it is active, for the films to come.
 *
 * A newer version is left to wait until the site's last tab is closed, as browsers do: told to take over, it ends the older one in the middle of its films,
 * and Firefox then sends the element's next request past both, to the site's server.
 */
function askToClaim(registration: ServiceWorkerRegistration, { container, signal }: WorkerWish): void {
  for (const worker of workersOf(registration)) {
    const ask = () => {
      const isNeeded = worker.state === 'activated' && !container.controller
      if (isNeeded) worker.postMessage({ channel: CHANNEL, call: 'claim' } satisfies PageCall)
    }
    ask()
    worker.addEventListener('statechange', ask, { signal })
  }
}

function saysHello(worker: ServiceWorker, signal: AbortSignal): Promise<boolean> {
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

/** Sites put a version into the query. */
function isOurs({ scriptURL }: ServiceWorker, workerUrl: string): boolean {
  return scriptURL.replace(/\?.*/s, '') === workerUrl.replace(/\?.*/s, '')
}
