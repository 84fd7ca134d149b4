/* Who plays. Each is used as its own documentation recommends; the code is in `pages/players`. */

export const FORMATS = ['HLS', 'DASH', 'MP4'] as const
export type Format = (typeof FORMATS)[number]

export interface Contestant {
  readonly name: string
  readonly title: string
  readonly format: Format
  /** Whether it is this project. */
  readonly isOurs: boolean
  /** The module in `pages/players`. */
  readonly player: string
  /** What the module gets besides the film. */
  readonly options?: Readonly<Record<string, string>>
  /** Packages of npm that it needs, with their versions. */
  readonly packages: readonly string[]
  /** Whether it starts on its second visit: the first one installs a service worker. */
  readonly needsSecondVisit?: boolean
}

const SHAKA = 'shaka-player@5.2.12'
const DASH_JS = 'dashjs@5.2.1'
const GCORE = '@gcorevideo/player@2.28.30'

const ours = { isOurs: true, player: 'plugin', packages: [] }
const other = { isOurs: false, packages: [] }

export const CONTESTANTS: readonly Contestant[] = [
  { ...ours, name: 'plugin-hls', title: 'This plugin, hls.js', format: 'HLS', options: { engine: 'hls.js' } },
  { ...ours, name: 'plugin-vhs', title: 'This plugin, VHS', format: 'HLS', options: { engine: 'vhs' } },
  { ...other, name: 'error-hls', title: '`player.src()` on `error`', format: 'HLS', player: 'src-on-error' },
  { ...other, name: 'timer-hls', title: '`player.src()` on a timer', format: 'HLS', player: 'src-on-timer' },
  { ...other, name: 'reload', title: '`reloadSourceOnError`', format: 'HLS', player: 'reload-source-on-error' },
  { ...other, name: 'xhr-setup', title: 'hls.js, `xhrSetup`', format: 'HLS', player: 'hls-xhr-setup' },
  { ...other, name: 'shaka-hls', title: 'Shaka, request filter', format: 'HLS', player: 'shaka', packages: [SHAKA] },
  { ...other, name: 'gcore', title: 'Gcore, TokenRefreshPlugin', format: 'HLS', player: 'gcore', packages: [GCORE] },
  {
    ...other,
    name: 'gcore-loader',
    title: 'Gcore, the same by hand',
    format: 'HLS',
    player: 'gcore',
    options: { by: 'hand' },
    packages: [GCORE],
  },
  { ...ours, name: 'plugin-dash', title: 'This plugin, VHS', format: 'DASH' },
  { ...other, name: 'shaka-dash', title: 'Shaka, request filter', format: 'DASH', player: 'shaka', packages: [SHAKA] },
  {
    ...other,
    name: 'dash-js',
    title: 'dash.js, `updateSource`',
    format: 'DASH',
    player: 'dash-update-source',
    packages: [DASH_JS],
  },
  {
    ...ours,
    name: 'plugin-worker',
    title: 'This plugin, worker',
    format: 'MP4',
    options: { serviceWorker: '/signed-url-worker.js' },
    needsSecondVisit: true,
  },
  { ...ours, name: 'plugin-swap', title: 'This plugin, swap', format: 'MP4' },
  { ...other, name: 'error-mp4', title: '`player.src()` on `error`', format: 'MP4', player: 'src-on-error' },
  { ...other, name: 'timer-mp4', title: '`player.src()` on a timer', format: 'MP4', player: 'src-on-timer' },
]
