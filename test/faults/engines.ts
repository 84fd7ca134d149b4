import type { Page } from '../support/browsers/index.js'
import { comeBack, WORKER } from '../support/service-worker.js'
import { HLS, MP4, SMALL_BUFFER } from '../support/site.js'

/** What loads a video in a column of the matrix. */
export interface Engine {
  readonly name: EngineName
  readonly title: string
  readonly source: { readonly src: string; readonly type: string }
  /** Options of the plugin, for a buffer of so many seconds. */
  options(bufferS: number): object
  /** Before there is a player, on its page. */
  prepare?(page: Page): Promise<void>
}

export type EngineName = 'hls.js' | 'VHS' | 'swap' | 'worker'

const LIST = { src: 'lake', type: HLS }
const FILE = { src: 'lake.mp4', type: MP4 }

export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  'hls.js': {
    name: 'hls.js',
    title: 'HLS by hls.js',
    source: LIST,
    options: (bufferS) => ({
      engine: 'hls.js',
      hls: { ...SMALL_BUFFER, maxBufferLength: bufferS, maxMaxBufferLength: bufferS },
    }),
  },
  VHS: { name: 'VHS', title: 'HLS by VHS', source: LIST, options: () => ({ engine: 'vhs' }) },
  swap: { name: 'swap', title: 'MP4 with swaps', source: FILE, options: () => ({}) },
  worker: {
    name: 'worker',
    title: 'MP4 through the worker',
    source: FILE,
    options: () => ({ serviceWorker: WORKER }),
    prepare: comeBack,
  },
}

/** An MP4 is one file, which the browser loads as far ahead as it likes. */
export const isFile = ({ source }: Engine): boolean => source.type === MP4
