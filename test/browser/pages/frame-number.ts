/** Reads the number that a frame of `heavy/film.mp4` shows in its twelve squares (see `demo/server/made-films.ts`). Needs `crossOrigin`. */
export function readFrameNumber(video: HTMLVideoElement): number {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) throw new Error('no canvas')
  pen.drawImage(video, 0, 0, 640, 360)
  const bits = Array.from({ length: 12 }, (_, bit) => (pen.getImageData(60 + 48 * bit, 300, 1, 1).data[1] ?? 0) > 127)
  return bits.reduce((number, isSet, bit) => number + (isSet ? 2 ** bit : 0), 0)
}
