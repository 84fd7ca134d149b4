import { type Broadcasts, isBroadcastName } from './broadcasts.js'

/** Controls ffmpeg's broadcasts for tests, at `/__broadcasts/{name}`: PUT starts or restarts one and responds when a viewer can join, DELETE ends it. */
export function createBroadcastControl(broadcasts: Broadcasts) {
  return async (request: Request): Promise<Response> => {
    const name = new URL(request.url).pathname.split('/')[2] ?? ''
    if (!isBroadcastName(name)) return Response.json({ error: 'There is no such broadcast.' }, { status: 404 })
    if (request.method === 'PUT') await broadcasts.start(name)
    else if (request.method === 'DELETE') await broadcasts.end(name)
    else return Response.json({ error: 'PUT or DELETE.' }, { status: 405 })
    return Response.json({})
  }
}
