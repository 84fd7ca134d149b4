import type { Level } from 'hls.js'
import type { QualityLevelListLike, QualityRepresentation } from '../../video-js/types.js'
import type { HlsSession } from './hls-session.js'

/**
 * Keeps `player.qualityLevels()` (videojs-contrib-quality-levels, part of the full Video.js build) in step with hls.js.
 *
 * One level enabled: it plays from the next segment on. Several: hls.js chooses among those up to the best of them. None: the same as all.
 */
export function syncQualityLevels({ hls, Hls, player, signal }: HlsSession): void {
  const list = player.qualityLevels?.()
  if (!list) return
  const disabled = new Set<number>()
  let shown: object[] = []
  /** The cap is ours, not one that the page set on hls.js. */
  let isCapped = false

  const clear = () => {
    for (const level of shown) list.removeQualityLevel(level)
    shown = []
  }
  const choose = () => {
    const enabled = hls.levels.flatMap((_level, index) => (disabled.has(index) ? [] : [index]))
    const [only] = enabled
    const wanted = enabled.length === 1 && only !== undefined ? only : -1
    if (wanted !== -1 || !hls.autoLevelEnabled) hls.nextLevel = wanted
    const isSome = enabled.length > 1 && enabled.length < hls.levels.length
    if (isSome || isCapped) hls.autoLevelCapping = isSome ? Math.max(...enabled) : -1
    isCapped = isSome
  }
  const fill = () => {
    clear()
    disabled.clear()
    shown = hls.levels.map((level, index) => list.addQualityLevel(represent(level, index, disabled, choose)))
    select(list, hls.currentLevel)
  }

  hls.on(Hls.Events.MANIFEST_PARSED, fill)
  hls.on(Hls.Events.LEVELS_UPDATED, fill)
  hls.on(Hls.Events.LEVEL_SWITCHED, (_event, { level }) => select(list, level))
  signal.addEventListener('abort', clear, { once: true })
}

function represent(level: Level, index: number, disabled: Set<number>, choose: () => void): QualityRepresentation {
  return {
    id: String(index),
    width: level.width || undefined,
    height: level.height || undefined,
    bandwidth: level.bitrate,
    frameRate: level.frameRate || undefined,
    enabled(enable) {
      if (enable === undefined) return !disabled.has(index)
      if (enable === disabled.has(index)) {
        if (enable) disabled.delete(index)
        else disabled.add(index)
        choose()
      }
      return enable
    },
  }
}

function select(list: QualityLevelListLike, index: number): void {
  list.selectedIndex_ = index
  list.trigger({ type: 'change', selectedIndex: index })
}
