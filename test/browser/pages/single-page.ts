import './leftovers.js'
import './player.js'
import { createElement, StrictMode, useEffect, useRef } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import videojs from 'video.js'

/* A single-page application by React, whose one view has a film in it. */

interface FilmProps {
  readonly endpoint: string
  readonly source: { readonly src: string; readonly type: string }
}

function Film({ endpoint, source }: FilmProps) {
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

/** Shows the view with this film, or the one without. In strict mode React sets up each view, takes it down and sets it up again. */
const showView = (film?: FilmProps) => {
  const view = film ? createElement(Film, film) : 'No film here.'
  flushSync(() => root.render(createElement(StrictMode, null, view)))
}

declare global {
  interface Window {
    showView: typeof showView
  }
}

window.showView = showView
