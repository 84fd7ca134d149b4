import * as gcore from '@gcorevideo/player'
import Hls, { type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from 'hls.js'
import { BUFFER_S, type Film, LEAD_MS, listeningTo, type Play } from '../film.js'
import { carry, sign } from '../signatures.js'

const CREDENTIALS = /\/([\w-]{6,})\/(\d{10})\//

/** What its `getToken` has to return. It reads the expiry with the device's clock. */
async function getToken(film: Film) {
  const { url } = await sign(film)
  const [, token = '', expires = ''] = CREDENTIALS.exec(url) ?? []
  return { token, token_ip: token, client_ip: '', expires: Number(expires), url, url_ip: url }
}

/** Gcore's own player, with its TokenRefreshPlugin, or with `by=hand` with a loader that does what the plugin's source does. */
export const play: Play = async (film) => {
  const { url } = await sign(film)
  const isByHand = film.options.by === 'hand'
  if (!isByHand) {
    const plugin: unknown = Reflect.get(gcore, 'TokenRefreshPlugin')
    if (!plugin) throw new Error(`@gcorevideo/player ${gcore.version().gplayer} exports no TokenRefreshPlugin.`)
    gcore.Player.registerPlugin(plugin)
  }
  const limits = { maxBufferLength: BUFFER_S, maxMaxBufferLength: BUFFER_S }
  const player = new gcore.Player({
    autoPlay: true,
    mute: true,
    sources: [{ source: url, mimeType: film.type }],
    playback: { hlsjsConfig: isByHand ? { ...limits, loader: refreshingLoader(film, url) } : limits },
    hlsPlayback: { preload: true, ...limits },
    // With its default of five seconds these URLs would be refreshed all the time.
    tokenRefresh: { getToken: () => getToken(film), refreshLeadSeconds: LEAD_MS / 1_000 },
  })
  player.attachTo(film.mount)
  player.on('error', (error) => window.recorder.fail(`Gcore: ${error.message ?? error.code ?? 'an error'}`))
  return listeningTo(await videoIn(film.mount))
}

/**
 * A loader that puts the current credentials in the place of the first ones. A timer that trusts the device's clock refreshes them, at least a second apart.
 */
function refreshingLoader(film: Film, first: string): typeof Hls.DefaultConfig.loader {
  const [original = ''] = CREDENTIALS.exec(first) ?? []
  let current = first
  const schedule = () => {
    const [, , expires] = CREDENTIALS.exec(current) ?? []
    setTimeout(refresh, Math.max(1_000 * Number(expires) - Date.now() - LEAD_MS, 1_000))
  }
  const refresh = async () => {
    current = await sign(film).then(
      ({ url }) => url,
      () => current,
    )
    schedule()
  }
  schedule()
  return class extends Hls.DefaultConfig.loader {
    override load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      if (context.url.includes(original)) context.url = carry(context.url, current)
      super.load(context, config, callbacks)
    }
  }
}

function videoIn(mount: HTMLElement): Promise<HTMLVideoElement> {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      const video = mount.querySelector('video')
      if (!video) return
      clearInterval(look)
      resolve(video)
    }, 20)
  })
}
