import { settleOnce, wait } from '../../core/wait.js'
import { CHANNEL, HELLO, type PageCall } from './protocol.js'

export interface RegistrationSettings {
  readonly container: ServiceWorkerContainer
  /** Absolute URL of our worker file. */
  readonly workerUrl: string
  readonly session: string
  readonly signal: AbortSignal
  warn(message: string): void
}

/** A worker that has to start first takes tens of milliseconds; one without our code never answers. */
const HELLO_MS = 1_000

/** After the page has loaded: sites register their own worker at `load`, and theirs comes first. */
const GRACE_MS = 2_000

/**
 * Returns the session's line to the worker that controls the page, when that answers the element's requests: ours, or the site's own with ours imported.
 *
 * Never waits for a worker to take control. Where the page has no worker at all, it registers ours for later.
 * Rejects only when `signal` aborts.
 */
export async function openLine(settings: RegistrationSettings): Promise<MessagePort | undefined> {
  const { container, workerUrl, signal, warn } = settings
  arrange(settings).catch((error) => {
    if (!signal.aborted) warn(`${workerUrl} can't be registered as a service worker. ${error}`)
  })
  const { controller } = container
  if (!controller) return undefined
  const line = await sayHello(controller, settings)
  if (!line && !isOurs(controller, workerUrl)) {
    warn(
      `This page has a service worker already, ${controller.scriptURL}. To refresh MP4 through it, make its first line importScripts('${workerUrl}').`,
    )
  }
  return line
}

/**
 * Registers our worker, or unregisters it where the site has one: the site's own goes first, always.
 *
 * Two workers at one scope share a registration, and the second waits until every tab of the first is closed. Chromium keeps such a registration
 * even when it is unregistered before the second registers. So ours takes a scope that no other worker has (`scopeFor`): theirs registers, installs
 * and activates as if ours weren't there. The longer scope wins a page, and that may be ours. So ours isn't registered until the page has loaded and
 * the site has had time to register its own, and it is unregistered on the first page that has both. An unregistered worker goes on serving the
 * page that it controls, until that ends or the other claims it, and gets no other page.
 */
async function arrange(settings: RegistrationSettings): Promise<void> {
  const { container, workerUrl, signal, warn } = settings
  while (document.readyState !== 'complete') await wait(GRACE_MS, signal)
  await wait(GRACE_MS, signal)
  const scope = scopeFor(location.href, workerUrl)
  const registrations = (await container.getRegistrations()).filter((one) => location.href.startsWith(one.scope))
  const own = registrations.find(
    (one) => one.scope === scope && workersOf(one).every((worker) => isOurs(worker, workerUrl)),
  )
  const theirs = registrations.filter((one) => one !== own)
  // A site may have registered our file itself.
  for (const one of theirs) askToClaim(one, settings)
  if (theirs.length > 0) await own?.unregister()
  else if (scope !== undefined) askToClaim(await container.register(workerUrl, { scope }), settings)
  else
    warn(
      `A service worker at ${workerUrl} can't serve this page: the file must be in a folder above the page, or the site must register it.`,
    )
}

/**
 * Returns a scope for the page that a site hardly gives its own worker, or undefined where there is none. Pure.
 *
 * It is the page's folder without the last slash, which sites' scopes end with; so a worker of the same folder has the longer scope, and wins.
 * A page in the worker file's own folder has itself as scope, as that folder is where a site's own worker is.
 */
export function scopeFor(pageUrl: string, workerUrl: string): string | undefined {
  const root = new URL('.', workerUrl).href
  const page = pageUrl.replace(/[?#].*/s, '')
  const folder = page.replace(/\/[^/]*$/, '')
  return [folder, page].find((scope) => scope.startsWith(root) && scope !== root)
}

/**
 * Makes our worker control this page as soon as it is active, for later sources.
 *
 * A newer version waits until the site's last tab is closed, which is the browsers' default: taking over would stop the older worker in the middle
 * of its responses, and Firefox would then send the element's next request past both, to the site's server.
 */
function askToClaim(
  registration: ServiceWorkerRegistration,
  { container, workerUrl, signal }: RegistrationSettings,
): void {
  for (const worker of workersOf(registration)) {
    if (!isOurs(worker, workerUrl)) continue
    const ask = () => {
      const isNeeded = worker.state === 'activated' && !container.controller
      if (isNeeded) worker.postMessage({ channel: CHANNEL, call: 'claim' } satisfies PageCall)
    }
    ask()
    worker.addEventListener('statechange', ask, { signal })
  }
}

/** Resolves with the session's line, or with undefined when the worker doesn't answer. */
function sayHello(worker: ServiceWorker, { session, signal }: RegistrationSettings): Promise<MessagePort | undefined> {
  const { port1, port2 } = new MessageChannel()
  let isOpen = false
  return settleOnce<MessagePort | undefined>(signal, (resolve) => {
    const timer = setTimeout(() => resolve(undefined), HELLO_MS)
    port1.onmessage = () => {
      isOpen = true
      resolve(port1)
    }
    worker.postMessage({ ...HELLO, session }, [port2])
    return () => {
      clearTimeout(timer)
      if (!isOpen) port1.close()
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
