import { FULL_SPEED } from '../speeds.js'
import type { StageSettings } from '../stage.js'
import { BrokenPromiseError, type Showing } from './showing.js'

/** Something that the plugin promises to a viewer. */
export interface ViewerPromise {
  readonly id: 'lives' | 'pause' | 'seek' | 'refusal'
  readonly title: string
  readonly settings: Partial<StageSettings>
  /** Does what the viewer or the CDN does. Rejects with `BrokenPromiseError` if the video doesn't go on. */
  run(showing: Showing): Promise<void>
}

/** An expiry is rounded up to a whole second. */
const SHORT = { lifeMs: 4_000 }
/** No refresh comes between the refusal and the seek. */
const LONG = { lifeMs: 120_000 }

/** What the plugin has to load again, whatever was loaded ahead. */
const FAR_S = 45
const MOVES_S = 2

export const PROMISES: readonly ViewerPromise[] = [
  {
    id: 'lives',
    title: 'Plays through three lives of its URL',
    settings: SHORT,
    async run(showing) {
      const expiries = new Set<number>()
      await showing.play()
      await showing.until(() => {
        const { expiresAt } = showing.player.signedUrl()
        if (expiresAt !== undefined) expiries.add(expiresAt)
        return expiries.size > 3
      }, 'a fourth URL')
      await showing.reaches(showing.position + MOVES_S)
    },
  },
  {
    id: 'pause',
    title: 'Plays on after a pause past the expiry',
    settings: SHORT,
    async run(showing) {
      await pausePastExpiry(showing)
      const { position } = showing
      await showing.play()
      // More than was loaded ahead.
      await showing.reaches(position + 9)
    },
  },
  {
    id: 'seek',
    title: 'Seeks far with an expired URL',
    settings: SHORT,
    async run(showing) {
      await pausePastExpiry(showing)
      showing.player.currentTime(FAR_S)
      await showing.play()
      await showing.reaches(FAR_S + MOVES_S)
    },
  },
  {
    id: 'refusal',
    title: 'Plays on after the CDN refuses its URL',
    settings: LONG,
    async run(showing) {
      await showing.play()
      await showing.reaches(MOVES_S)
      const { log } = await showing.stage.read()
      await showing.stage.change({ ...FULL_SPEED, refuseIssues: Math.max(...log.map(({ issue }) => issue ?? 0)) })
      showing.player.currentTime(FAR_S)
      await showing.reaches(FAR_S + MOVES_S)
      const after = await showing.stage.read()
      if (!after.log.some(({ kind, status }) => kind === 'media' && status === 403))
        throw new BrokenPromiseError('The browser sent no request that could be refused.')
    },
  },
]

async function pausePastExpiry(showing: Showing): Promise<void> {
  const { player } = showing
  await showing.play()
  await showing.reaches(MOVES_S)
  player.pause()
  await showing.until(() => player.paused() && player.signedUrl().status === 'expired', 'the URL to expire')
  // Some browsers read an MP4 from its start, and a URL has to live for as long as that takes.
  await showing.stage.change(FULL_SPEED)
}
