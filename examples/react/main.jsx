import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { VideoPlayer } from './video-player.jsx'

const resource = new URLSearchParams(location.search).get('resource') ?? 'final-2026'
createRoot(document.querySelector('#root')).render(
  <StrictMode>
    <VideoPlayer resource={resource} />
  </StrictMode>,
)
