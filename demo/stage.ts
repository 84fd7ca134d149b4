import type { StageSettings } from './server/stage-settings.js'
import type { LogEntry } from './server/stages.js'

export type { LogEntry, StageSettings }

/** What the demo's server reports: its settings, and a log of its requests. */
export interface StageReport {
  readonly settings: StageSettings
  readonly log: readonly LogEntry[]
  /** Where the CDN is, for this machine. */
  readonly originUrl: string
}

/**
 * Controls the signing endpoint and the protected origin through `/__stages/…`. Part of this demo, not of the package.
 * Its methods reject when the server does not respond.
 */
export class Stage {
  readonly #url: string
  readonly #fetch: typeof fetch

  constructor(url: string, send: typeof fetch = (input, init) => fetch(input, init)) {
    this.#url = url
    this.#fetch = send
  }

  change(settings: Partial<StageSettings>): Promise<StageReport> {
    return this.#ask({ method: 'PUT', body: JSON.stringify(settings) })
  }

  read(): Promise<StageReport> {
    return this.#ask({})
  }

  /** Ends a stage that this page has opened. */
  async end(): Promise<void> {
    await this.#fetch(this.#url, { method: 'DELETE', keepalive: true })
  }

  async #ask(init: RequestInit): Promise<StageReport> {
    const response = await this.#fetch(this.#url, { cache: 'no-store', ...init })
    if (!response.ok) throw new Error(`the stage answers ${response.status}`)
    const report: StageReport = await response.json()
    return report
  }
}
