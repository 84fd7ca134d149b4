/* Counts what scripts leave behind. Import it before the scripts to be counted. */

const listeners = new Set<object>()
const timers = new Set<unknown>()
const objectUrls = new Set<string>()
let requests = 0

declare global {
  interface Window {
    /** What exists now: listeners on window and document, running timers, `fetch` requests in flight, object URLs. */
    leftovers(): Leftovers
  }
}

export interface Leftovers {
  readonly listeners: readonly string[]
  readonly timers: number
  readonly requests: number
  readonly objectUrls: number
}

window.leftovers = () => ({
  listeners: [...listeners].map((entry) => ('name' in entry ? String(entry.name) : '')).sort(),
  timers: timers.size,
  requests,
  objectUrls: objectUrls.size,
})

for (const [targetName, target] of [
  ['window', window],
  ['document', document],
] as const) {
  const add = target.addEventListener.bind(target)
  const remove = target.removeEventListener.bind(target)
  const entries: { name: string; type: string; listener: unknown; capture: boolean }[] = []
  const indexOf = (type: string, listener: unknown, options: unknown) =>
    entries.findIndex(
      (entry) => entry.type === type && entry.listener === listener && entry.capture === isCapture(options),
    )
  const drop = (type: string, listener: unknown, options: unknown) => {
    for (const entry of entries.splice(indexOf(type, listener, options) >>> 0, 1)) listeners.delete(entry)
  }
  target.addEventListener = (type: string, listener: EventListener, options?: boolean | AddEventListenerOptions) => {
    add(type, listener, options)
    const { signal, once } = typeof options === 'object' ? options : {}
    if (signal?.aborted || indexOf(type, listener, options) >= 0) return
    const entry = { name: `${targetName} ${type}`, type, listener, capture: isCapture(options) }
    entries.push(entry)
    listeners.add(entry)
    signal?.addEventListener('abort', () => drop(type, listener, options))
    if (once) add(type, () => drop(type, listener, options), { once })
  }
  target.removeEventListener = (type: string, listener: EventListener, options?: boolean | EventListenerOptions) => {
    remove(type, listener, options)
    drop(type, listener, options)
  }
}

function isCapture(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'capture' in options
    ? options.capture === true
    : options === true
}

const { setTimeout: delay, setInterval: repeat, clearTimeout: cancel, clearInterval: stop, fetch: send } = window

function setTimeoutCounted(callback: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) {
  const id = delay(() => {
    timers.delete(id)
    callback(...given)
  }, ms)
  timers.add(id)
  return id
}

function setIntervalCounted(callback: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) {
  const id = repeat(() => callback(...given), ms)
  timers.add(id)
  return id
}

const clearing = (clear: (id?: number) => void) => (id?: number) => {
  clear(id)
  timers.delete(id)
}

const { createObjectURL, revokeObjectURL } = URL

Object.assign(window, {
  setTimeout: setTimeoutCounted,
  setInterval: setIntervalCounted,
  clearTimeout: clearing(cancel.bind(window)),
  clearInterval: clearing(stop.bind(window)),
  fetch: (...given: Parameters<typeof fetch>) => {
    requests += 1
    return send(...given).finally(() => {
      requests -= 1
    })
  },
})
Object.assign(URL, {
  createObjectURL: (object: Blob | MediaSource) => {
    const url = createObjectURL(object)
    objectUrls.add(url)
    return url
  },
  revokeObjectURL: (url: string) => {
    revokeObjectURL(url)
    objectUrls.delete(url)
  },
})
