/**
 * Puts a still of what the element shows over it, under the player's captions and controls; answers with what takes it away.
 * The picture of a film from another origin may be drawn, though not read back: nobody reads it.
 */
export function showStillFrame(element: HTMLVideoElement): () => void {
  const { videoWidth, videoHeight } = element
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (videoWidth === 0 || !context) return () => {}
  canvas.width = videoWidth
  canvas.height = videoHeight
  context.drawImage(element, 0, 0, videoWidth, videoHeight)
  canvas.setAttribute('aria-hidden', 'true')
  const { objectFit, objectPosition, transform } = getComputedStyle(element)
  Object.assign(canvas.style, {
    position: 'absolute',
    inset: '0',
    width: '100%',
    height: '100%',
    pointerEvents: 'none',
    objectFit,
    objectPosition,
    transform,
  })
  element.after(canvas)
  return () => canvas.remove()
}
