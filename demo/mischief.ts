import { find } from './dom.js'
import type { StageSettings } from './stage.js'

/** What the buttons can change. */
export interface World {
  change(settings: Partial<StageSettings>): Promise<void>
  /** The number of the newest URL issued. */
  lastIssue(): Promise<number>
  /** Marks the URLs of the chart as dead. */
  killUrls(): void
  refresh(): Promise<void>
}

const HOUR_MS = 3_600_000
const FAILURES = 3

/** The buttons that break the CDN or the endpoint, and a line that says what they just did. */
export class Mischief {
  readonly #page: ParentNode
  readonly #world: World
  readonly #status: HTMLElement

  constructor(page: ParentNode, world: World) {
    this.#page = page
    this.#world = world
    this.#status = find(page, '#mischief-status', HTMLElement)
    this.#onPress('kill', () => this.#kill())
    this.#onPress('clock', (button) => this.#setClock(toggle(button)))
    this.#onPress('outage', () => this.#fail())
    this.#onPress('revoke', (button) => this.#revoke(toggle(button)))
  }

  readonly tellServerGone = (): void => this.#tell('The demo’s server does not answer. Is “npm start” still running?')

  async #kill(): Promise<void> {
    await this.#world.change({ refuseIssues: await this.#world.lastIssue() })
    this.#world.killUrls()
    this.#tell('Killed: the CDN now refuses every URL issued so far.')
  }

  async #setClock(isAhead: boolean): Promise<void> {
    await this.#world.change({ clockSkewMs: isAhead ? HOUR_MS : 0 })
    if (isAhead) this.#world.killUrls()
    this.#tell(isAhead ? 'The CDN’s clock is an hour ahead of yours.' : 'The CDN’s clock is right again.')
  }

  async #fail(): Promise<void> {
    const revoke = find(this.#page, '[data-mischief="revoke"]', HTMLButtonElement)
    if (isPressed(revoke)) return this.#tell('Give the ticket back first: the endpoint says no anyway.')
    await this.#world.change({ endpointStatus: 503, endpointFailures: FAILURES })
    this.#tell('The next three signing requests will fail.')
  }

  async #revoke(isRevoked: boolean): Promise<void> {
    await this.#world.change({ endpointStatus: isRevoked ? 403 : null, endpointFailures: null })
    this.#tell(isRevoked ? 'The endpoint says no from now on.' : 'The ticket is valid again.')
    if (!isRevoked) await this.#world.refresh()
  }

  #onPress(name: string, act: (button: HTMLButtonElement) => Promise<void>): void {
    const button = find(this.#page, `[data-mischief="${name}"]`, HTMLButtonElement)
    button.addEventListener('click', () => act(button).catch(this.tellServerGone))
  }

  #tell(text: string): void {
    // Screen readers would read the same line out again.
    if (this.#status.textContent !== text) this.#status.textContent = text
  }
}

function isPressed(button: HTMLButtonElement): boolean {
  return button.getAttribute('aria-pressed') === 'true'
}

/** Returns whether the button is pressed now. */
function toggle(button: HTMLButtonElement): boolean {
  button.setAttribute('aria-pressed', String(!isPressed(button)))
  return isPressed(button)
}
