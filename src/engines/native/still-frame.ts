/**
 * Covers the element with a still of its current picture, below the player's captions and controls. Returns a function that removes it.
 * A canvas can draw a video from another origin. It can't read it back, but nothing here needs to.
 */
export function showStillFrame(element: HTMLVideoElement): () => void {
  const { videoWidth, videoHeight } = element
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  // An `<audio>` has no size at all.
  if (!videoWidth || !context) return () => {}
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
