import type { Stage, StageSettings } from '../stage.js'

type Answer = Pick<StageSettings, 'endpointStatus' | 'endpointBody'>

const YES: Answer = { endpointStatus: null, endpointBody: null }
const deny = (message: string): Answer => ({ endpointStatus: 402, endpointBody: JSON.stringify({ message }) })

/** Stands in for the site's server: the endpoint signs while the ticket is good, and then says why not. */
export class BoxOffice {
  readonly #stage: Pick<Stage, 'change'>
  readonly #ticketMs: number
  /** When the ticket ends, epoch ms. Undefined before there is one. */
  endsAt: number | undefined

  constructor(stage: Pick<Stage, 'change'>, ticketMs: number) {
    this.#stage = stage
    this.#ticketMs = ticketMs
  }

  get isTicketGood(): boolean {
    return this.endsAt !== undefined && Date.now() < this.endsAt
  }

  async open(): Promise<void> {
    await this.#stage.change({ lifeMs: 5_000, ...deny('Buy a ticket to watch this film.') })
  }

  async buy(): Promise<void> {
    await this.#stage.change(YES)
    const endsAt = Date.now() + this.#ticketMs
    this.endsAt = endsAt
    setTimeout(() => {
      // Another ticket may have been bought meanwhile.
      if (this.endsAt === endsAt) void this.#stage.change(deny('Your ticket has ended.')).catch(() => {})
    }, this.#ticketMs)
  }
}
