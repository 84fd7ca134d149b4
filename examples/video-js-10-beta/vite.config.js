import { gcore, nodeHandler, signingEndpoint } from 'videojs-signed-url/signers'

// The signing endpoint. Yours asks whether this visitor may watch this video.
const { GCORE_URL = 'https://demo-protected.gvideo.io', GCORE_CLIENT = '2675', GCORE_SECRET, LIFE_S = 60 } = process.env
if (!GCORE_SECRET) throw new Error('Set GCORE_SECRET, GCORE_CLIENT and GCORE_URL to those of your videos at Gcore.')
const endpoint = signingEndpoint({
  authorize: () => true,
  sign(resource) {
    const [videoId, file] = resource.split('/')
    const expiresAt = Math.floor(Date.now() / 1000) + Number(LIFE_S)
    const video = { baseUrl: GCORE_URL, clientId: GCORE_CLIENT, videoId, file, secret: GCORE_SECRET }
    return { url: gcore({ ...video, expiresAt }), expiresAt }
  },
})

export default {
  plugins: [
    {
      name: 'signing-endpoint',
      configureServer: ({ middlewares }) => void middlewares.use('/api/playback-url', nodeHandler(endpoint)),
    },
  ],
}
