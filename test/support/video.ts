import type { StageSettings } from '../../demo/server/stage-settings.js'
import type { LogEntry } from '../../demo/server/stages.js'
import type { Sighting } from '../browser/pages/lab.js'
import type { Page } from './browsers/index.js'
import {
  HLS,
  isSegment,
  openStage,
  SMALL_BUFFER,
  type Stage,
  see,
  setSource,
  startVideo,
  until,
  untilSeen,
} from './site.js'

export interface VideoOptions {
  readonly tag?: 'video' | 'audio'
  /** Default: the demo's video as HLS. `null`: none. */
  readonly source?: object | readonly object[] | null
  /** Options of the plugin besides `endpoint`. By default hls.js gets a small buffer, so that it loads through expiries. `null`: no plugin. */
  readonly plugin?: object | null
  /** Options of Video.js, or a function when they contain the stage's endpoint. */
  readonly player?: Record<string, unknown> | ((stage: Stage) => Record<string, unknown>)
  /** Default true: `play()` is called in the turn that sets the source. */
  readonly autoplay?: boolean
  /** Runs before the player is created. */
  readonly before?: (page: Page, stage: Stage) => Promise<unknown>
  /** The path of the page, or an open window, for a second player on one page. */
  readonly in?: string | Page
  readonly name?: string
  /** The stage of another player. */
  readonly stage?: Stage
}

export const FILM = { src: 'film', type: HLS }

/** A player under test on its page, with its own signing endpoint and CDN. */
export class Video {
  constructor(
    readonly page: Page,
    readonly stage: Stage,
    readonly name: string,
  ) {}

  /** What has been seen of it so far. */
  see(): Promise<Sighting> {
    return see(this.page, this.name)
  }

  /** Waits until `condition` holds for a sighting, and returns that sighting. */
  until(condition: (seen: Sighting) => boolean, what: string): Promise<Sighting> {
    return untilSeen(() => this.see(), condition, `${this.name}: ${what}`)
  }

  reaches(position: number): Promise<Sighting> {
    return this.until((seen) => seen.position >= position, `${position} s`)
  }

  /**
   * Runs `change`, which sets another source, and waits until that source reaches `position`. The source reads as set at once, while the position is
   * still the previous one's, so the element's `loadstart` separates the two.
   */
  async reachesAfter(change: () => Promise<unknown>, source: object, position: number): Promise<Sighting> {
    const startsIn = ({ events }: Sighting) => events.filter(({ type }) => type === 'loadstart').length
    const before = startsIn(await this.see())
    await change()
    const expected = JSON.stringify(source)
    const isReached = (seen: Sighting) =>
      startsIn(seen) > before && JSON.stringify(seen.currentSource) === expected && seen.position >= position
    return this.until(isReached, `${position} s of ${expected}`)
  }

  fails(): Promise<Sighting> {
    return this.until(({ error }) => error !== null, 'an error')
  }

  /**
   * Plays until segments have been served with this many issues of its URL, and returns what was seen and logged so far.
   * Expiries are whole seconds and loading comes in bursts, so the duration is not known in advance.
   */
  async outlives(issues: number): Promise<Run> {
    await until(async () => issuesUsed(await this.stage.log()) >= issues, `${this.name}: ${issues} lives of its URL`)
    return this.run()
  }

  /** What has been seen, and what the servers had logged just before. */
  async run(): Promise<Run> {
    const log = await this.stage.log()
    return { log, seen: await this.see() }
  }

  /** Runs statements in the page, with the player as `player`. Returns the settled value of the last one. */
  do<T = void>(script: string): Promise<T> {
    const block = `{ const player = lab.player(${JSON.stringify(this.name)}); ${script} }`
    // Some drivers accept only an expression.
    return this.page.evaluate<T>(`(0, eval)(${JSON.stringify(block)})`)
  }

  /** Sets another source as a page does: `src()` and `play()` in one turn. */
  set(source: object): Promise<void> {
    return setSource(this.page, source, this.name)
  }

  refresh(): Promise<void> {
    return this.do('player.signedUrl().refresh()')
  }

  log(): Promise<LogEntry[]> {
    return this.stage.log()
  }
}

/** What was seen of a video, and what its servers had logged. */
export interface Run {
  readonly seen: Sighting
  readonly log: readonly LogEntry[]
}

/** The largest number of issues that served the segments of one folder, because each playlist may sign its own links. */
export function issuesUsed(log: readonly LogEntry[]): number {
  const byFolder = new Map<string, Set<number>>()
  for (const entry of log) {
    const { path, issue, status } = entry
    if (!isSegment(entry) || issue === undefined || status === 0 || status >= 400) continue
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    byFolder.set(folder, (byFolder.get(folder) ?? new Set()).add(issue))
  }
  return Math.max(0, ...[...byFolder.values()].map(({ size }) => size))
}

export async function openVideo(
  openWindow: (path?: string) => Promise<Page>,
  settings: Partial<StageSettings>,
  options: VideoOptions,
): Promise<Video> {
  const { source = FILM, plugin = {}, player = {}, autoplay = true, name = 'film', before } = options
  const stage = options.stage ?? (await openStage(settings))
  const page = typeof options.in === 'object' ? options.in : await openWindow(options.in)
  // VHS has one set of limits for all players.
  await page.evaluate(
    'void Object.assign(window.videojs?.Vhs ?? {}, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })',
  )
  await before?.(page, stage)
  await startVideo(page, {
    name,
    ...(options.tag && { tag: options.tag }),
    player: typeof player === 'function' ? player(stage) : player,
    ...(plugin && { plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER, ...plugin } }),
    ...(source && { source }),
    play: autoplay && source !== null,
  })
  return new Video(page, stage, name)
}
