import { useEffect, useRef } from 'react'
import videojs from 'video.js'
import 'video.js/dist/video-js.css'
import 'videojs-signed-url'

export function VideoPlayer({ resource }) {
  const box = useRef(null)
  useEffect(() => {
    // A new element each time: dispose() takes it away, and strict mode sets every component up twice.
    const element = document.createElement('video-js')
    box.current.append(element)
    const player = videojs(element, { controls: true, plugins: { signedUrl: { endpoint: '/api/playback-url' } } })
    player.src({ src: resource, type: 'application/x-mpegURL' })
    return () => player.dispose()
  }, [resource])
  return <div ref={box} />
}
