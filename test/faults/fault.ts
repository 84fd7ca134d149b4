import type { SignedUrlErrorCode } from '../../src/core/errors.js'
import type { BrowserName, LaunchOptions } from '../support/browsers/index.js'
import type { Video } from '../support/video.js'
import type { Engine, EngineName } from './engines.js'
import type { Conditions, FaultyOrigin } from './faulty-origin.js'

/** Where a fault happens. */
export interface Scene {
  readonly browser: BrowserName
  readonly engine: Engine
  readonly origin: FaultyOrigin
  readonly video: Video
}

/** How a row ends for the viewer: the video goes on by itself, or there is an error. `media-error` is the engine's own. */
export type Ending = 'recovers' | SignedUrlErrorCode | 'media-error'

/** An engine in all browsers, or in one. */
export type Place = EngineName | `${EngineName} in ${BrowserName}`

/** A row of the matrix. */
export interface Fault {
  readonly id: string
  readonly title: string
  readonly group: 'endpoint' | 'cdn' | 'device'
  /** What holds from the start. */
  readonly given?: Partial<Conditions>
  /** What is wrong from the start. Without it, the fault happens in the middle. */
  readonly fromStart?: Partial<Conditions>
  /** Returns what the endpoint and the CDN do from the fault on, or does something to the device. */
  cause?(scene: Scene): Partial<Conditions> | Promise<void>
  /** How much is loaded ahead when it happens, s. Default 6, or what an MP4 has by then. */
  readonly bufferS?: number
  /** Open connections break when it happens, because a browser that goes on downloading an MP4 would not meet it. */
  readonly cuts?: boolean
  /** After this time it is over. Default: it lasts until the row has ended. */
  readonly lastsMs?: number
  /** What ends it on the device. */
  lift?(scene: Scene): Promise<void>
  /** How it ends, where no engine differs. */
  readonly ends: Ending
  readonly endsIn?: Partial<Record<Place, Ending>>
  /** The most signing requests from then to the end of the row. */
  readonly signings: number
  /** Options of the plugin. */
  readonly plugin?: object
  /** How much of the video is played from then on, s. Default 12: more than is buffered, and two lives of a URL. */
  readonly playS?: number
  /** Of the browser. */
  readonly launch?: LaunchOptions
  /** Its handling touches the browser, so it is played in all three. */
  readonly everywhere?: boolean
  /** Why it can't be, in that column. */
  notIn?(engine: Engine, browser: BrowserName): string | undefined
  /** Whether a player without the plugin can meet the same. */
  readonly hasControl?: boolean
  /** HLS with a full buffer shows no pause. */
  readonly isUnseen?: boolean
  /** Engines that may get by without meeting it. */
  readonly unmetIn?: readonly Engine['name'][]
  /** Why it ends as it does, where that is not plain. */
  readonly notes?: Partial<Record<Place, string>>
  /** What is known to be wrong there, and stands as such in the document. */
  readonly todo?: Partial<Record<Place, string>>
}

/** What is said of a place: of the engine in that browser or, failing that, of the engine. */
export function saidOf<T>(
  said: Partial<Record<Place, T>> | undefined,
  engine: EngineName,
  browser: BrowserName,
): T | undefined {
  return said?.[`${engine} in ${browser}`] ?? said?.[engine]
}
