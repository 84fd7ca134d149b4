import type { StageSettings } from './stage.js'

type Speed = Pick<StageSettings, 'bytesPerSecond' | 'limitAfterBytes' | 'cutAfterBytes' | 'edgeCache'>

export const FULL_SPEED: Speed = { bytesPerSecond: 0, limitAfterBytes: 0, cutAfterBytes: 0, edgeCache: false }

/** Chromium buffers in blocks of this size. The decoder gets nothing of an incomplete one. */
const BLOCK = 32_768
/**
 * The file is small, and a browser that gets it at once, or in one long download, never meets an expiry. These settings send it in parts of
 * six seconds, at twice its bitrate. The start of each part, and what the edge has cached, comes at full speed, as from servers that throttle
 * downloads but not playback.
 */
export const IN_PARTS: Speed = {
  bytesPerSecond: 12_000,
  limitAfterBytes: 5 * BLOCK,
  cutAfterBytes: 7 * BLOCK,
  edgeCache: true,
}
