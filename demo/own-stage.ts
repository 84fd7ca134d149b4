import { Stage } from './stage.js'

/** A signing endpoint and a CDN for one visitor of one page, so that nothing that another tab breaks is met here. */
export interface OwnStage {
  readonly id: string
  readonly stage: Stage
  readonly endpoint: string
}

export function ownStage(page: string): OwnStage {
  const id = `${page}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
  return { id, stage: new Stage(`/__stages/${id}`), endpoint: `/api/playback-url?stage=${id}` }
}
