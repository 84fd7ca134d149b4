import type { StageSettings } from '../../demo/server/stage-settings.js'
import type { LogEntry } from '../../demo/server/stages.js'

/** An isolated signing endpoint and CDN, with a log of their requests. */
export interface Stage {
  readonly id: string
  /** The value of the option `endpoint`. */
  readonly endpoint: string
  set(settings: Partial<StageSettings>): Promise<void>
  log(): Promise<LogEntry[]>
}

let count = 0

/** Opens a stage on the demo's servers at `siteUrl`. */
export async function openStageOn(siteUrl: string, settings: Partial<StageSettings>): Promise<Stage> {
  const id = `t${process.pid}-${++count}`
  const control = `${siteUrl}/__stages/${id}`
  const set = async (changed: Partial<StageSettings>) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(control, { method: 'PUT', headers, body: JSON.stringify(changed) })
    if (!response.ok) throw new Error(await response.text())
  }
  await set(settings)
  return {
    id,
    endpoint: `/api/playback-url?stage=${id}`,
    set,
    async log() {
      const { log } = (await (await fetch(control)).json()) as { log: LogEntry[] }
      return log
    },
  }
}

export const isSegment = ({ path }: LogEntry): boolean => /\.(?:m4s|ts|mp4|mp3|m4a|aac|ogg)$/.test(path)
export const refused = (log: readonly LogEntry[]): LogEntry[] =>
  log.filter(({ kind, status }) => kind === 'media' && [401, 403, 410].includes(status))
/** All signing requests received, including those in flight and those whose client left. */
export const signingsAsked = (log: readonly LogEntry[]): LogEntry[] => log.filter(({ kind }) => kind === 'sign')
/** Signing requests that the endpoint has fully answered. Whether one that is aborted at once ever leaves the browser is a matter of chance. */
export const signings = (log: readonly LogEntry[]): LogEntry[] => signingsAsked(log).filter(({ status }) => status > 0)
