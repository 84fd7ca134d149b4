import { describe, expect, it, vi } from 'vitest'
import { onIntent } from '../../../src/video-js/intent.js'
import type { Html5Tech, SignedPlayer } from '../../../src/video-js/types.js'

/** A player of which the viewer has seen something, paused. */
function pausedPlayer(hasPlayed = true) {
  const box = document.createElement('div')
  const element = document.createElement('video')
  box.append(element)
  const events = new EventTarget()
  const player = {
    el: () => box,
    on: (type: string, listener: EventListener) => events.addEventListener(type, listener),
    off: (type: string, listener: EventListener) => events.removeEventListener(type, listener),
  }
  const life = new AbortController()
  const callback = vi.fn()
  let isPaused = true
  Object.defineProperty(element, 'paused', { get: () => isPaused })
  const tech: Pick<Html5Tech, 'el'> = { el: () => element }
  onIntent(player as Pick<SignedPlayer, 'el' | 'on' | 'off'>, tech, callback, life.signal)
  if (hasPlayed) events.dispatchEvent(new Event('playing'))
  const sign = (type: string, target: Element = box) => target.dispatchEvent(new Event(type, { bubbles: true }))
  return {
    callback,
    sign,
    element,
    dispose: () => life.abort(),
    play: () => {
      isPaused = false
    },
  }
}

describe('a viewer reaches for a paused player', () => {
  it.each(['pointerenter', 'pointermove', 'pointerdown', 'focusin', 'keydown'])('by %s', (type) => {
    const { callback, sign } = pausedPlayer()
    sign(type)
    expect(callback).toHaveBeenCalledTimes(1)
  })

  it('by something inside it', () => {
    const { callback, sign, element } = pausedPlayer()
    sign('pointerdown', element)
    expect(callback).toHaveBeenCalledTimes(1)
  })

  it.each(['visibilitychange', 'scroll', 'mouseleave', 'pointerleave'])('but not by %s', (type) => {
    const { callback, sign } = pausedPlayer()
    sign(type)
    expect(callback).not.toHaveBeenCalled()
  })

  it('that has never played: nothing happens', () => {
    const { callback, sign } = pausedPlayer(false)
    sign('pointermove')
    expect(callback).not.toHaveBeenCalled()
  })

  it('that plays, or is gone: nothing happens', () => {
    const { callback, sign, play, dispose } = pausedPlayer()
    play()
    sign('pointermove')
    const gone = pausedPlayer()
    gone.dispose()
    gone.sign('pointermove')
    dispose()
    expect(callback).not.toHaveBeenCalled()
    expect(gone.callback).not.toHaveBeenCalled()
  })
})
