import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { onPlayedElsewhere } from '../../../../src/engines/service-worker/remote-playback.js'

/* Simulated: no browser of the tests can cast. */

/** `HTMLMediaElement.remote`. */
class FakeRemote extends EventTarget {
  state: 'connecting' | 'connected' | 'disconnected' = 'disconnected'

  become(state: 'connecting' | 'connected' | 'disconnected'): void {
    this.state = state
    const type = { connecting: 'connecting', connected: 'connect', disconnected: 'disconnect' }[state]
    this.dispatchEvent(new Event(type))
  }
}

let element: HTMLVideoElement
let life: AbortController
const leave = vi.fn()
beforeEach(() => {
  leave.mockReset()
  element = document.createElement('video')
  life = new AbortController()
})
afterEach(() => life.abort())

function withRemote(): FakeRemote {
  const remote = new FakeRemote()
  Object.defineProperty(element, 'remote', { value: remote })
  return remote
}

function setWireless(value: boolean): void {
  Object.defineProperty(element, 'webkitCurrentPlaybackTargetIsWireless', { value, configurable: true })
  element.dispatchEvent(new Event('webkitcurrentplaybacktargetiswirelesschanged'))
}

describe('an element that another device plays', () => {
  it('leaves the worker while the device connects, and not when the video comes back', () => {
    const remote = withRemote()
    onPlayedElsewhere(element, life.signal, leave)
    expect(leave).not.toHaveBeenCalled()
    remote.become('connecting')
    expect(leave).toHaveBeenCalledOnce()
    remote.become('connected')
    remote.become('disconnected')
    expect(leave).toHaveBeenCalledOnce()
  })

  it.each(['connecting', 'connected'] as const)('leaves the worker at once when the device is %s already', (state) => {
    withRemote().state = state
    onPlayedElsewhere(element, life.signal, leave)
    expect(leave).toHaveBeenCalledOnce()
  })

  it('leaves the worker for AirPlay, which has an event of its own', () => {
    onPlayedElsewhere(element, life.signal, leave)
    setWireless(true)
    expect(leave).toHaveBeenCalledOnce()
    setWireless(false)
    expect(leave).toHaveBeenCalledOnce()
  })

  it('is left alone once the source has ended', () => {
    const remote = withRemote()
    onPlayedElsewhere(element, life.signal, leave)
    life.abort()
    remote.become('connecting')
    setWireless(true)
    expect(leave).not.toHaveBeenCalled()
  })
})
