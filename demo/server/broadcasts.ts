import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CACHE, STEADY_SOUND } from './made-films.js'

const SEGMENT_S = 2
/** Segments in the window. A viewer who pauses for longer loses the position. */
const WINDOW = 6
/** Segments that stay on disk after they have left the window, for viewers with an older playlist. */
const KEPT = 3
const START_TIMEOUT_MS = 30_000

interface Recipe {
  readonly options: readonly string[]
  /** The file that ffmpeg writes. A viewer can join once it matches `joinable`. */
  readonly playlist: string
  readonly joinable: RegExp
}

const RECIPES = {
  /** `master.m3u8` with MPEG-TS segments. */
  'live-hls': {
    options: [
      ['-f', 'hls', '-hls_time', `${SEGMENT_S}`, '-hls_list_size', `${WINDOW}`, '-hls_delete_threshold', `${KEPT}`],
      ['-hls_flags', 'delete_segments+independent_segments+program_date_time+omit_endlist+temp_file'],
      ['-master_pl_name', 'master.m3u8', '-hls_segment_filename', 'segment-%05d.ts'],
    ].flat(),
    playlist: 'playlist.m3u8',
    joinable: /segment-00003\.ts/,
  },
  /** `index.mpd` and segments with Gcore's names. */
  'live-dash': {
    options: [
      ['-f', 'dash', '-seg_duration', `${SEGMENT_S}`, '-window_size', `${WINDOW}`, '-extra_window_size', `${KEPT}`],
      ['-use_template', '1', '-use_timeline', '1', '-adaptation_sets', 'id=0,streams=v id=1,streams=a'],
      ['-init_seg_name', '004init-stream$RepresentationID$.m4s'],
      ['-media_seg_name', '004chunk-stream$RepresentationID$-$Bandwidth$-$Number%05d$.m4s'],
    ].flat(),
    playlist: 'index.mpd',
    joinable: /<S [^>]*r="[2-9]"/,
  },
} satisfies Record<string, Recipe>

export type BroadcastName = keyof typeof RECIPES

export function isBroadcastName(name: string): name is BroadcastName {
  return Object.hasOwn(RECIPES, name)
}

/** Ends ffmpeg and removes its files when this process's end of the pipe closes, however the process ends. */
const GUARD = `folder=$1; shift; "$@" </dev/null & read -r _; kill -KILL $!; wait; rm -rf "$folder"; rmdir "$(dirname "$folder")" 2>/dev/null`

/**
 * Live broadcasts that ffmpeg makes in real time from a looped film. Each is a film in `folder`, with the layout of `demo/media`.
 * Their windows slide, and segments that have left a window are deleted.
 */
export class Broadcasts {
  /** Unique to this server, because several may run at once. */
  readonly folder = join(CACHE, `live-${randomUUID()}`)
  readonly #film: string
  readonly #running = new Map<BroadcastName, ChildProcess>()

  constructor(film: string) {
    this.#film = film
  }

  /** Starts the broadcast, or restarts a running one. Resolves when a viewer can join. Rejects when ffmpeg fails or is missing. */
  async start(name: BroadcastName): Promise<void> {
    // Rejects at once if ffmpeg is missing.
    await promisify(execFile)('ffmpeg', ['-version'])
    await this.end(name)
    const { options, playlist, joinable }: Recipe = RECIPES[name]
    const folder = join(this.folder, name)
    await mkdir(folder, { recursive: true })
    const input = ['-re', '-stream_loop', '-1', '-i', this.#film, '-map', '0:v', '-map', '0:a', '-c:v', 'copy']
    const command = ['ffmpeg', '-loglevel', 'error', '-nostdin', ...input, ...STEADY_SOUND, ...options, playlist]
    const shell = spawn('/bin/sh', ['-c', GUARD, 'sh', folder, ...command], {
      cwd: folder,
      // Out of reach of Ctrl+C, which would end the guard before ffmpeg.
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    shell.stdin?.on('error', () => {})
    this.#running.set(name, shell)
    const end = Date.now() + START_TIMEOUT_MS
    while (!joinable.test(await textOf(join(folder, playlist)))) {
      if (Date.now() > end) {
        await this.end(name)
        throw new Error(`ffmpeg has not begun ${name} within ${START_TIMEOUT_MS} ms.`)
      }
      await wait(100)
    }
  }

  isRunning(name: BroadcastName): boolean {
    return this.#running.get(name)?.exitCode === null
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.end(name)))
    await rm(this.folder, { recursive: true, force: true })
  }

  async end(name: BroadcastName): Promise<void> {
    const shell = this.#running.get(name)
    this.#running.delete(name)
    if (!shell || shell.exitCode !== null) return
    shell.stdin?.end()
    await once(shell, 'exit')
  }
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
