import type { Player } from '../browser/pages/lab.js'

/** What scripts of a page could pick up of a video, and where its position went. */
export interface PageRecord {
  /** Console lines, events with their details, errors, and the document, each with where it was found. */
  readonly lines: readonly string[]
  /** The largest step back of the position, and the largest ahead of the clock, s. */
  readonly movedBackS: number
  readonly movedAheadS: number
}

interface Recorder {
  read(): PageRecord
  /** Records the document, and has an analytics script send what it reads from the player. */
  look(): void
}

declare global {
  interface Window {
    faultRecorder: Recorder
    /** Sets the clock of the page forward, ms. */
    shiftClock(ms: number): void
    /** Whether the page says that it is hidden. */
    setHidden(isHidden: boolean): void
  }
}

/** Runs in the page, before there is a player, so it uses nothing from outside. `beaconUrl` is on a third origin. */
export function recordPage(beaconUrl: string): void {
  const lines = new Set<string>()
  const place = { last: 0, at: 0, back: 0, ahead: 0 }
  let player: Player | undefined

  const textOf = (value: unknown, depth = 5): unknown => {
    if (typeof value !== 'object' || value === null || depth === 0) return typeof value === 'function' ? '' : value
    if (value instanceof Error) {
      const { name, message, stack, cause } = value
      return { string: String(value), json: value, name, message, stack, cause: textOf(cause, depth - 1) }
    }
    const prototype = Object.getPrototypeOf(value)
    if (Array.isArray(value)) return value.map((item) => textOf(item, depth - 1))
    // Players, elements and engines hold the URL that they play. An event names them, but doesn't copy it.
    if (prototype !== Object.prototype && prototype !== null && !('code' in value)) return String(value)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item, depth - 1)]))
  }
  const record = (where: string, what: unknown) => {
    try {
      lines.add(`${where}: ${JSON.stringify(textOf(what))}`)
    } catch (error) {
      lines.add(`${where}: ${error}`)
    }
  }

  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    const original = console[level]
    console[level] = (...given: unknown[]) => {
      for (const one of given) lines.add(`console.${level}: ${String(one)}`)
      record(`console.${level}`, given)
      original.apply(console, given)
    }
  }
  window.addEventListener('error', ({ error, message }) => record('uncaught', [message, error]))
  window.addEventListener('unhandledrejection', ({ reason }) => record('unhandled', reason))
  for (const type of ['error', 'stalled', 'waiting', 'emptied', 'loadstart', 'encrypted'])
    document.addEventListener(type, (event) => record(`element ${type}`, { ...event, type }), true)

  const look = () => {
    const copy = document.documentElement.cloneNode(true) as Element
    // The element has to have the URL that it plays.
    for (const element of copy.querySelectorAll('video, audio')) element.removeAttribute('src')
    lines.add(`document: ${copy.outerHTML}`)
    if (!player) return
    const error = player.error() as (Error & { cause?: unknown }) | null
    const read = {
      page: location.href,
      currentSrc: player.currentSrc(),
      src: player.src(undefined),
      sources: player.currentSources(),
      error: error && [String(error), JSON.stringify(error), error.message, String(error.cause)],
    }
    record('read from the player', read)
    new Image().src = `${beaconUrl}/pixel?src=${encodeURIComponent(String(player.currentSrc()))}`
    fetch(`${beaconUrl}/beacon`, {
      method: 'POST',
      mode: 'no-cors',
      referrerPolicy: 'unsafe-url',
      body: JSON.stringify(read),
    }).catch(() => {})
  }

  const library: object = window.videojs ?? {}
  if (!('hook' in library) || typeof library.hook !== 'function') throw new Error('This page has no Video.js.')
  library.hook('setup', (created: Player) => {
    player = created
    const trigger = created.trigger.bind(created)
    created.trigger = (event: string | { type: string; target?: unknown }, ...rest: unknown[]) => {
      const { target, currentTarget, ...details }: Record<string, unknown> =
        typeof event === 'string' ? { type: event } : { ...event }
      // Progress alone would fill the record.
      if (!/^(?:timeupdate|progress|mouse|user)/.test(String(details.type)))
        record(`player ${details.type}`, [details, ...rest])
      if (details.type === 'error') {
        const shown = created.error()
        record('player.error()', [shown && String(shown), shown, (shown as { cause?: unknown } | null)?.cause])
        look()
      }
      return trigger(event as string, ...(rest as []))
    }
    let before = performance.now()
    setInterval(() => {
      const now = performance.now()
      const position = created.currentTime() ?? 0
      const step = position - place.last
      // A player that has just been created, or lies paused, may be anywhere.
      if (place.last > 0) {
        place.back = Math.max(place.back, -step)
        place.ahead = Math.max(place.ahead, step - (now - before) / 1000)
      }
      place.last = position
      before = now
    }, 50)
  })

  let shiftMs = 0
  window.shiftClock = (ms) => {
    shiftMs += ms
  }
  window.Date = new Proxy(Date, {
    construct: (real, given) => (given.length === 0 ? new real(real.now() + shiftMs) : Reflect.construct(real, given)),
    get: (real, name) => (name === 'now' ? () => real.now() + shiftMs : Reflect.get(real, name)),
  })

  window.setHidden = (isHidden) => {
    Object.defineProperties(document, {
      hidden: { configurable: true, get: () => isHidden },
      visibilityState: { configurable: true, get: () => (isHidden ? 'hidden' : 'visible') },
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }
  // Browsers align the timers of a hidden page to whole seconds.
  const { setTimeout: setTimer } = window
  window.setTimeout = ((callback: () => void, ms = 0, ...given: []) => {
    const late = document.hidden ? Math.max(1_000, Math.ceil(ms / 1_000) * 1_000) : ms
    return setTimer.call(window, callback, late, ...given)
  }) as typeof window.setTimeout

  window.faultRecorder = { look, read: () => ({ lines: [...lines], movedBackS: place.back, movedAheadS: place.ahead }) }
}
