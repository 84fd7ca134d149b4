import { isBroadcast, type Programme } from './programme.js'

/** Makes the server broadcast a live film, unless it does already. Resolves when a viewer can join; rejects with a sentence for the viewer. */
export async function startBroadcast(programme: Programme): Promise<void> {
  if (!isBroadcast(programme)) return
  const name = programme.film === 'live' ? 'live-hls' : 'low-latency'
  const response = await fetch(`/__broadcasts/${name}`, { method: 'PUT', headers: { 'If-None-Match': '*' } })
  if (!response.ok) throw new Error('The server can’t broadcast: it needs ffmpeg.')
}
