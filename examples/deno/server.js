// A signing endpoint in Deno: GCORE_SECRET=… deno serve --allow-env=GCORE_SECRET server.js
import { gcore, signingEndpoint } from 'videojs-signed-url/signers'

const LIFE_S = 60
const VIDEOS = { 'final-2026': '3dk4NsRt6vWsffEr' }

/** Yours: whether this visitor may watch this video. */
const mayWatch = (request) => /(?:^|; )session=/.test(request.headers.get('cookie') ?? '')

const endpoint = signingEndpoint({
  authorize: (request) =>
    mayWatch(request) ||
    Response.json({ reason: 'logged-out', message: 'Please log in to watch this video.' }, { status: 401 }),
  sign(resource) {
    if (!Object.hasOwn(VIDEOS, resource)) return null
    const expiresAt = Math.floor(Date.now() / 1000) + LIFE_S
    const baseUrl = 'https://demo-protected.gvideo.io'
    const url = gcore({
      baseUrl,
      clientId: 2675,
      videoId: VIDEOS[resource],
      secret: Deno.env.get('GCORE_SECRET'),
      expiresAt,
    })
    return { url, expiresAt }
  },
})

export default { fetch: endpoint }
