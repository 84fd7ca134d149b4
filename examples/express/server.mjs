// A signing endpoint in Express 4 or 5: GCORE_SECRET=… node server.mjs
import express from 'express'
import { gcore, nodeHandler, signingEndpoint } from 'videojs-signed-url/signers'

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
      secret: process.env.GCORE_SECRET,
      expiresAt,
    })
    return { url, expiresAt }
  },
})

const app = express()
app.all('/api/playback-url', nodeHandler(endpoint))
app.listen(process.env.PORT ?? 3000, '127.0.0.1')
