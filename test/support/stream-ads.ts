import type { LogEntry } from '../../demo/server/stages.js'
import { akamai, filmFile, openAkamai, type Shape, ShapedOrigin, tokenFor } from './shaped-origin.js'

/** How long an ad is, s. */
export const AD_S = 4
/** Where in the video an ad starts, s. */
export const AD_AT_S = 8
const START_OF_FILM = Date.UTC(2026, 0, 1)
const FAR_AHEAD_S = 2_000_000_000

/** An ad server without tokens. Its ads are the beginnings of clips. */
const AD_SHAPE: Shape = {
  sign: () => ({}),
  open: ({ pathname }) =>
    pathname.startsWith('/ad/') ? { file: pathname.slice(4), expiresAt: FAR_AHEAD_S } : undefined,
  write: (text) => takeSegments(text, { count: AD_S / 2 }),
  // A URI in such a list has to be absolute. One that is not leads to a page of the site.
  made(file) {
    const [, port, folder] = /^(\d+)\/(?:lists|broken)\/(.*)\.json$/.exec(file) ?? []
    if (port === undefined) return undefined
    const base = file.includes('broken') ? '' : `http://localhost:${port}/ad/clips/`
    return JSON.stringify({
      ASSETS: [`${folder}`, 'cea608'].map((clip) => ({ URI: `${base}${clip}/master.m3u8`, DURATION: AD_S })),
    })
  },
}

export type AdKind =
  | 'mid-roll'
  | 'pre-roll'
  | 'appended in place'
  | 'stitched'
  | 'live mid-roll'
  | 'live pre-roll'
  | 'two ads'
  | 'missing'
  | 'relative'

/** A film with an ad from another host. Its token is in the query or, so that a player without the plugin can play it, in the path. */
export class StreamWithAd {
  readonly film: ShapedOrigin
  readonly ads: ShapedOrigin

  private constructor(film: ShapedOrigin, ads: ShapedOrigin) {
    this.film = film
    this.ads = ads
  }

  static async open(kind: AdKind, lifeS: number, tokenIn: 'query' | 'path' = 'query'): Promise<StreamWithAd> {
    const ads = await ShapedOrigin.open(AD_SHAPE, lifeS)
    const adUrl = `${ads.origin}/ad/clips/ts`.replace('127.0.0.1', 'localhost')
    return new StreamWithAd(await ShapedOrigin.open(filmShape(kind, adUrl, tokenIn), lifeS), ads)
  }

  /** What the ad server was asked for, without its port and the identifier of the session that hls.js adds by itself. */
  get adUrls(): string[] {
    return this.ads.log.map(({ url }) => url.replace(/\?_HLS_primary_id=[\w-]+$/, '').replace(/^\/ad\/\d+/, '/ad'))
  }

  get log(): readonly LogEntry[] {
    return this.film.log
  }

  async close(): Promise<void> {
    await Promise.all([this.film.close(), this.ads.close()])
  }
}

function filmShape(kind: AdKind, adUrl: string, tokenIn: 'query' | 'path'): Shape {
  const openedAt = Date.now()
  return {
    sign: ({ origin, expiresAt }) => ({
      url:
        tokenIn === 'query'
          ? `${origin}/film/master.m3u8?hdnts=${akamai('/*', expiresAt)}`
          : `${origin}/s/${expiresAt}/${tokenFor(`${expiresAt}`)}/film/master.m3u8`,
      expiresAt,
    }),
    open({ pathname, searchParams }) {
      if (tokenIn === 'query') return filmFile(pathname, '/film/', openAkamai(searchParams.get('hdnts'), pathname))
      const [, , expiresAt = '', token, ...file] = pathname.split('/')
      return token === tokenFor(expiresAt) ? { file: file.join('/'), expiresAt: Number(expiresAt) } : undefined
    },
    write(text, { file }) {
      if (file.endsWith('master.m3u8') || !text.includes('#EXTINF')) return text
      if (kind === 'stitched') return stitch(text, `${adUrl}/`, /(?:360|720)p\//.test(file))
      const isVideo = /\d+p\//.test(file)
      const dated = text.replace('#EXTINF', `#EXT-X-PROGRAM-DATE-TIME:${dateOf(0)}\n#EXTINF`)
      const withAd = isVideo ? dated.replace('#EXTINF', `${dateRange(kind, adUrl)}\n#EXTINF`) : dated
      return isLive(kind) ? broadcast(withAd, (Date.now() - openedAt) / 1000) : withAd
    },
  }
}

const isLive = (kind: AdKind) => kind.startsWith('live')
const dateOf = (positionS: number) => new Date(START_OF_FILM + positionS * 1000).toISOString()

function dateRange(kind: AdKind, adUrl: string): string {
  const isPreRoll = kind.endsWith('pre-roll')
  const attributes = [
    'ID="ad"',
    'CLASS="com.apple.hls.interstitial"',
    `START-DATE="${dateOf(isPreRoll ? 0 : isLive(kind) ? LIVE_AD_AT_S : AD_AT_S)}"`,
    `DURATION=${AD_S}`,
    adAttribute(kind, adUrl),
    ...(isPreRoll ? ['CUE="PRE,ONCE"'] : []),
    // Without one the video goes on behind the ad's duration, and hls.js appends the ad to the video's own buffers where it can.
    ...(kind === 'appended in place' || kind === 'live pre-roll' ? [] : ['X-RESUME-OFFSET=0']),
  ]
  return `#EXT-X-DATERANGE:${attributes.join(',')}`
}

function adAttribute(kind: AdKind, adUrl: string): string {
  if (kind === 'missing') return `X-ASSET-URI="${adUrl}/missing.m3u8"`
  if (kind !== 'two ads' && kind !== 'relative') return `X-ASSET-URI="${adUrl}/master.m3u8"`
  const { origin, port } = new URL(adUrl)
  return `X-ASSET-LIST="${origin}/ad/${port}/${kind === 'two ads' ? 'lists' : 'broken'}/ts.json"`
}

/** What has been sent when a viewer joins, s. */
const SENT_S = 20
const LIVE_AD_AT_S = 28
const WINDOW_SEGMENTS = 10

/** A playlist of a film as that of a broadcast that began `ageS` ago: the last segments of what has been sent. */
export function broadcast(text: string, ageS: number): string {
  const sent = Math.floor((SENT_S + ageS) / 2)
  const first = Math.max(0, sent - WINDOW_SEGMENTS)
  return takeSegments(text, { first, count: sent - first })
    .replace('#EXT-X-PLAYLIST-TYPE:VOD\n', '')
    .replace('#EXT-X-ENDLIST', '')
    .replace('#EXT-X-MEDIA-SEQUENCE:0', `#EXT-X-MEDIA-SEQUENCE:${first}`)
    .replace(/#EXT-X-PROGRAM-DATE-TIME:.*/, `#EXT-X-PROGRAM-DATE-TIME:${dateOf(2 * first)}`)
}

/** Puts the ad's segments behind those of the video's first seconds. Audio playlists get the same file, which holds both. */
function stitch(text: string, adFolder: string, isVideo: boolean): string {
  if (!isVideo && !/\.m4s/.test(text)) return text
  const map = /#EXT-X-MAP:.*/.exec(text)?.[0] ?? ''
  const ad = Array.from({ length: AD_S / 2 }, (_, at) => `#EXTINF:2.000000,\n${adFolder}00${at}.ts`).join('\n')
  const [head = '', ...segments] = text.split(/(?=#EXTINF)/)
  const [before, after] = [segments.slice(0, AD_AT_S / 2), segments.slice(AD_AT_S / 2)]
  return [head, ...before, `#EXT-X-DISCONTINUITY\n${ad}\n#EXT-X-DISCONTINUITY\n${map}\n`, ...after].join('')
}

function takeSegments(text: string, { first = 0, count }: { first?: number; count: number }): string {
  const [head = '', ...segments] = text.split(/(?=#EXTINF)/)
  if (segments.length === 0) return text
  return `${head}${segments.slice(first, first + count).join('')}\n#EXT-X-ENDLIST\n`.replace(
    /(#EXT-X-ENDLIST\s*)+/,
    '#EXT-X-ENDLIST\n',
  )
}
