import { endOf, type Issue, type Pace } from '../../../src/core/issue.js'
import type { Presence } from './presence.js'
import { chanceFor } from './random.js'
import { EPOCH, type World } from './world.js'

/** What a viewer's next event is: what `RefreshState` is to a signature. */
export const STATE = { absent: 0, idle: 1, planned: 2, retrying: 3, failed: 4 } as const

const SIGNING: Issue['signing'] = {
  answer: {
    url: '',
    type: undefined,
    expiresAt: undefined,
    expiresInMs: undefined,
    serverTime: undefined,
    covers: undefined,
  },
  sentAt: 0,
  receivedAt: 0,
}

/** What the plugin keeps for each viewer, in arrays: a million objects would take longer to allocate than to simulate. Instants are ms since the doors open. */
export class Viewers {
  readonly #presence: Presence
  readonly #tellsTime: boolean
  readonly nextAt: Float64Array
  readonly state: Uint8Array
  /** The issue: when it was requested, the server signed it, it expires; what is known of it; no refresh before. */
  readonly issuedAt: Float64Array
  readonly signedAt: Float64Array
  readonly endsAt: Float64Array
  readonly restUntil: Float64Array
  readonly isShared: Uint8Array
  readonly livesVary: Uint8Array
  readonly isFirst: Uint8Array
  readonly isDoubtful: Uint8Array
  /** Server's clock minus the device's, as the plugin estimates it. */
  readonly skew: Float64Array
  /** Failures in a row. */
  readonly failures: Uint8Array
  /** The state of each viewer's own random numbers, those that the plugin draws. */
  readonly luck: Int32Array

  constructor(world: World, presence: Presence) {
    const { viewers, seed } = world
    const times = () => new Float64Array(viewers)
    const flags = () => new Uint8Array(viewers)
    this.#presence = presence
    this.#tellsTime = world.tellsTime
    this.nextAt = times()
    this.state = flags()
    this.issuedAt = times().fill(Number.NaN)
    this.signedAt = times()
    this.endsAt = times()
    this.restUntil = times()
    this.isShared = flags()
    this.livesVary = flags()
    this.isFirst = flags()
    this.isDoubtful = flags()
    this.skew = times()
    this.failures = flags()
    this.luck = new Int32Array(viewers)
    for (let viewer = 0; viewer < viewers; viewer += 1) this.luck[viewer] = 2 ** 32 * chanceFor(seed, viewer, 0)
  }

  hasIssue(viewer: number): boolean {
    return !Number.isNaN(this.issuedAt[viewer])
  }

  /** The device's clock, epoch ms. */
  deviceTime(viewer: number, at: number): number {
    return EPOCH + at + this.#presence.clockErrorOf(viewer)
  }

  /** The opposite of `deviceTime`. */
  atDevice(viewer: number, deviceTime: number): number {
    return deviceTime - EPOCH - this.#presence.clockErrorOf(viewer)
  }

  paceOf(viewer: number): Pace {
    const signingMs = this.#presence.roundTripOf(viewer)
    return { signingMs, sendMs: signingMs / 2, leadTimeMs: undefined }
  }

  /** The issue as the plugin has it. */
  issueOf(viewer: number): Issue {
    const endsAt = this.endsAt[viewer] ?? 0
    return {
      signing: SIGNING,
      url: '',
      type: undefined,
      expiresAt: EPOCH + endsAt,
      measuredEndsAt: this.#tellsTime ? this.deviceTime(viewer, endsAt) : undefined,
      issuedAt: this.deviceTime(viewer, this.issuedAt[viewer] ?? 0),
      isDoubtful: this.isDoubtful[viewer] === 1,
      isShared: this.isShared[viewer] === 1,
      livesVary: this.livesVary[viewer] === 1,
      isFirst: this.isFirst[viewer] === 1,
      acceptedAt: undefined,
      isRefused: false,
      isSuspected: false,
      restUntil: this.deviceTime(viewer, this.restUntil[viewer] ?? 0),
    }
  }

  keep(viewer: number, issue: Issue, signedAt: number, serverEndsAt: number): void {
    this.issuedAt[viewer] = this.atDevice(viewer, issue.issuedAt)
    this.signedAt[viewer] = signedAt
    // `expiresIn` is measured from sending, so it ends a little sooner than the URL.
    const endsAt = this.#tellsTime ? endOf(issue, 0) : undefined
    this.endsAt[viewer] = endsAt === undefined ? serverEndsAt : this.atDevice(viewer, endsAt)
    this.restUntil[viewer] = this.atDevice(viewer, issue.restUntil)
    this.isShared[viewer] = Number(issue.isShared)
    this.livesVary[viewer] = Number(issue.livesVary)
    this.isFirst[viewer] = Number(issue.isFirst)
    this.isDoubtful[viewer] = Number(issue.isDoubtful)
  }
}
