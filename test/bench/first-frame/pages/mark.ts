/** Writes the milliseconds from the page's navigation to the first frame on screen to `document.documentElement.dataset.firstFrame`. */
export function markFirstFrame(): void {
  document.querySelector('video')?.requestVideoFrameCallback((now) => {
    document.documentElement.dataset.firstFrame = String(now)
  })
}
