import type { Video } from './video.js'

/** Plays a source as pages do without the plugin: gets a URL from the endpoint, and passes it to `player.src()`. */
export const playByHand = (video: Video, { src, type }: { src: string; type: string }): Promise<void> =>
  video.do(`fetch('${video.stage.endpoint}&resource=${src}').then((response) => response.json()).then(({ url }) => {
    player.src({ src: url, type: '${type}' })
    player.play()?.catch(() => {})
  }); undefined`)
