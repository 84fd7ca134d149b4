import { type Broadcasts, isBroadcastName } from './broadcasts.js'
import { LOW_LATENCY, makeFilms } from './made-films.js'

/**
 * Controls the broadcasts, at `/__broadcasts/{name}`. PUT starts or restarts one of ffmpeg's and responds when a viewer can join; with `If-None-Match: *`
 * one that runs goes on. DELETE ends it. PUT of the low-latency film makes its files.
 */
export function createBroadcastControl(broadcasts: Broadcasts) {
  return async (request: Request): Promise<Response> => {
    const name = new URL(request.url).pathname.split('/')[2] ?? ''
    const { method, headers } = request
    if (name === LOW_LATENCY && method === 'PUT') await makeFilms()
    else if (!isBroadcastName(name)) return Response.json({ error: 'There is no such broadcast.' }, { status: 404 })
    else if (method === 'DELETE') await broadcasts.end(name)
    else if (method !== 'PUT') return Response.json({ error: 'PUT or DELETE.' }, { status: 405 })
    else if (headers.get('if-none-match') !== '*' || !broadcasts.isRunning(name)) await broadcasts.start(name)
    return Response.json({})
  }
}
