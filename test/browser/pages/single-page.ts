import './leftovers.js'
import './player.js'
import { createElement, StrictMode, useEffect, useRef } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import videojs from 'video.js'

/* A React single-page application, whose one view plays a video. */

interface VideoProps {
  readonly endpoint: string
  readonly source: { readonly src: string; readonly type: string }
}

function VideoView({ endpoint, source }: VideoProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = document.createElement('video-js')
    box.current?.append(element)
    const player = videojs(element, { muted: true, plugins: { signedUrl: { endpoint } } })
    window.lab.watch('film', player)
    player.src(source)
    player.play()?.catch(() => {})
    return () => player.dispose()
  }, [endpoint, source])
  return createElement('div', { ref: box })
}

const root = createRoot(document.querySelector('#app') as HTMLElement)

/** Renders the view with a video, or one without. In strict mode React mounts each view, unmounts it and mounts it again. */
const renderView = (props?: VideoProps) => {
  const view = props ? createElement(VideoView, props) : 'No video here.'
  flushSync(() => root.render(createElement(StrictMode, null, view)))
}

declare global {
  interface Window {
    renderView: typeof renderView
  }
}

window.renderView = renderView
