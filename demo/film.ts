import videojs from 'video.js'
import type Player from 'video.js/dist/types/player.js'
import 'video.js/dist/video-js.css'
import './player.css'
// A site writes `import 'videojs-signed-url'`.
import '../src/index.js'
import { isFileByFile, optionsOf, type Programme, type Source, sourceOf } from './programme.js'
import { limitVhs, SMALL_BUFFER } from './small-buffer.js'
import { registerWorker, WORKER } from './worker.js'

/** Everything that a site does, but for the source. Only `hls` and `limitVhs` are for the demo. */
export function openPlayer(id: string, programme: Programme, endpoint: string): Player {
  const isServed = programme.engine === 'worker'
  if (isServed) registerWorker()
  limitVhs()
  return videojs(id, {
    fluid: true,
    aspectRatio: '16:9',
    crossOrigin: 'anonymous',
    preload: 'none',
    plugins: {
      signedUrl: { ...optionsOf(programme), endpoint, serviceWorker: isServed && WORKER, hls: SMALL_BUFFER },
    },
  })
}

/** Returns the source to set: what the endpoint signs or, where each file is signed by itself, the unsigned URL of the first one. */
export function playedSource(programme: Programme, stageId: string, originUrl: string): Source {
  const source = sourceOf(programme)
  if (!isFileByFile(programme)) return source
  const folder = programme.tokens === 'clubEvent' ? 'media_files' : 'files'
  return { ...source, src: `${originUrl}/${folder}/${stageId}/film/master.m3u8` }
}

/** The same signatures protect the poster and the film. The film plays without a poster too. */
export async function showPoster(player: Player): Promise<void> {
  const url = await player
    .signedUrl()
    .sign('film/poster.jpg')
    .catch(() => undefined)
  if (url !== undefined) player.poster(url)
}
