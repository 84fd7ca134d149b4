import type { Stages } from './stages.js'

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, PUT, DELETE',
  'Cache-Control': 'no-store',
}

/**
 * Controls a stage for tests, at `/__stages/{id}`: PUT creates it or changes the settings in the JSON body, GET returns
 * `{settings, log, now, originUrl}` (`now` is epoch ms in the stage's clock), DELETE ends it.
 */
export function createStageControl(stages: Stages, originUrl: () => Promise<string>) {
  return async (request: Request): Promise<Response> => {
    const id = new URL(request.url).pathname.split('/')[2] ?? ''
    const answer = (status: number, body: object) => Response.json(body, { status, headers: CORS })
    const describe = async () => {
      const stage = stages.get(id)
      if (!stage) return answer(404, { error: 'There is no such stage.' })
      return answer(200, { settings: stage.settings, log: stage.log, now: stage.now(), originUrl: await originUrl() })
    }
    switch (request.method) {
      case 'GET':
        return describe()
      case 'PUT':
        try {
          stages.put(id, JSON.parse((await request.text()) || '{}'))
        } catch (error) {
          return answer(400, { error: String(error) })
        }
        return describe()
      case 'DELETE':
        return stages.delete(id) ? answer(200, {}) : answer(404, { error: 'There is no such stage.' })
      case 'OPTIONS':
        return new Response(null, { status: 204, headers: CORS })
      default:
        return answer(405, { error: 'GET, PUT or DELETE.' })
    }
  }
}
