import { type Broadcasts, isBroadcastName } from './broadcasts.js'

/** The tests' handle on what ffmpeg broadcasts, `/__broadcasts/{name}`: PUT begins it afresh and answers when a viewer can join. */
export function createBroadcastControl(broadcasts: Broadcasts) {
  return async (request: Request): Promise<Response> => {
    const name = new URL(request.url).pathname.split('/')[2] ?? ''
    if (!isBroadcastName(name)) return Response.json({ error: 'There is no such broadcast.' }, { status: 404 })
    if (request.method !== 'PUT') return Response.json({ error: 'PUT.' }, { status: 405 })
    await broadcasts.start(name)
    return Response.json({})
  }
}
