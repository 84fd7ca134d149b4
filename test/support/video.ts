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
  startFilm,
  until,
  untilSeen,
} from './site.js'

export interface VideoOptions {
  /** Default: the demo's film as HLS. `null`: none. */
  readonly source?: object | readonly object[] | null
  /** Options of the plugin beside `endpoint`; by default hls.js has a small buffer, so that it meets the expiries. `null`: no plugin. */
  readonly plugin?: object | null
  /** Options of Video.js; a function where they name the stage's endpoint. */
  readonly player?: Record<string, unknown> | ((stage: Stage) => Record<string, unknown>)
  /** Default true: `play()` is called in the turn that sets the source. */
  readonly autoplay?: boolean
  /** What happens on the page before there is a player. */
  readonly before?: (page: Page, stage: Stage) => Promise<unknown>
  /** The page, or a window that is open already: a second player on one page. */
  readonly in?: string | Page
  readonly name?: string
  /** Another player's. */
  readonly stage?: Stage
}

export const FILM = { src: 'film', type: HLS }

/** One player under test, on its page, with the signing endpoint and the CDN that are its own. */
export class Video {
  constructor(
    readonly page: Page,
    readonly stage: Stage,
    readonly name: string,
  ) {}

  /** What was seen of it up to now. */
  see(): Promise<Sighting> {
    return see(this.page, this.name)
  }

  /** Waits for `condition` to hold of what is seen, and returns that very sighting. */
  until(condition: (seen: Sighting) => boolean, what: string): Promise<Sighting> {
    return untilSeen(() => this.see(), condition, `${this.name}: ${what}`)
  }

  reaches(position: number): Promise<Sighting> {
    return this.until((seen) => seen.position >= position, `${position} s`)
  }

  /**
   * Does what makes another source play, and waits for that to reach `position`. The source reads as set at once, while the position is still that of
   * the one before: the element's `loadstart` tells them apart.
   */
  async reachesAfter(change: () => Promise<unknown>, source: object, position: number): Promise<Sighting> {
    const begun = ({ events }: Sighting) => events.filter(({ type }) => type === 'loadstart').length
    const before = begun(await this.see())
    await change()
    const wanted = JSON.stringify(source)
    const isReached = (seen: Sighting) =>
      begun(seen) > before && JSON.stringify(seen.currentSource) === wanted && seen.position >= position
    return this.until(isReached, `${position} s of ${wanted}`)
  }

  fails(): Promise<Sighting> {
    return this.until(({ error }) => error !== null, 'an error')
  }

  /**
   * Plays until segments have come by so many issues of its URL, and returns what was seen and logged up to then.
   * Expiries are whole seconds and loading comes in bursts: how long that takes is not known beforehand.
   */
  async outlives(issues: number): Promise<Run> {
    await until(async () => issuesUsed(await this.stage.log()) >= issues, `${this.name}: ${issues} lives of its URL`)
    return this.run()
  }

  /** What was seen, and what the servers had logged just before. */
  async run(): Promise<Run> {
    const log = await this.stage.log()
    return { log, seen: await this.see() }
  }

  /** Runs statements in the page, in which `player` is the player; returns what the last of them gives, once it has settled. */
  do<T = void>(script: string): Promise<T> {
    const block = `{ const player = lab.player(${JSON.stringify(this.name)}); ${script} }`
    // Not every driver takes more than an expression.
    return this.page.evaluate<T>(`(0, eval)(${JSON.stringify(block)})`)
  }

  /** What a page does that shows another video: `src()` and `play()` in one turn. */
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

/** How many issues of the URL brought segments: those of one folder, where each playlist signs its own links. */
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
  // VHS has its limits in one place for all players.
  await page.evaluate(
    'void Object.assign(window.videojs?.Vhs ?? {}, { GOAL_BUFFER_LENGTH: 6, MAX_GOAL_BUFFER_LENGTH: 6 })',
  )
  await before?.(page, stage)
  await startFilm(page, {
    name,
    player: typeof player === 'function' ? player(stage) : player,
    ...(plugin && { plugin: { endpoint: stage.endpoint, hls: SMALL_BUFFER, ...plugin } }),
    ...(source && { source }),
    play: autoplay && source !== null,
  })
  return new Video(page, stage, name)
}
