import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gateMediaEvents } from '../../../../src/engines/native/event-gate.js'

/** The events of loading a new source, in the order of the standard, and those of a seek and a broken connection. */
const SWAP_EVENTS = [
  ...['pause', 'abort', 'emptied', 'timeupdate', 'ratechange', 'loadstart', 'progress', 'suspend', 'stalled'],
  ...['durationchange', 'resize', 'loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough'],
  ...['play', 'waiting', 'playing', 'seeking', 'seeked', 'ended', 'error'],
]
const OTHER_EVENTS = ['volumechange', 'enterpictureinpicture', 'leavepictureinpicture']

let player: HTMLElement
let element: HTMLVideoElement
let received: string[]
let life: AbortController
const admit = vi.fn<(type: string) => boolean>()

beforeEach(() => {
  life = new AbortController()
  received = []
  admit.mockReset().mockReturnValue(false)
  player = document.createElement('div')
  element = document.createElement('video')
  player.append(element)
  document.body.append(player)
  // Video.js adds its listeners long before the gate exists.
  for (const type of [...SWAP_EVENTS, ...OTHER_EVENTS]) element.addEventListener(type, () => received.push(type))
})
afterEach(() => {
  life.abort()
  player.remove()
})

const gate = () => gateMediaEvents(player, element, admit, life.signal)
const fire = (type: string, target: EventTarget = element) => target.dispatchEvent(new Event(type))

describe('gateMediaEvents', () => {
  it.each(SWAP_EVENTS)('keeps %s from earlier listeners when it is not admitted', (type) => {
    gate()
    fire(type)
    expect(admit).toHaveBeenCalledExactlyOnceWith(type)
    expect(received).toEqual([])
  })

  it.each(SWAP_EVENTS)('lets %s through once when it is admitted', (type) => {
    admit.mockReturnValue(true)
    gate()
    fire(type)
    expect(received).toEqual([type])
  })

  it.each(OTHER_EVENTS)('ignores %s, which belongs to no source', (type) => {
    gate()
    fire(type)
    expect(admit).not.toHaveBeenCalled()
    expect(received).toEqual([type])
  })

  it('ignores the events of another element in the player, such as an ad', () => {
    const ad = document.createElement('video')
    player.append(ad)
    ad.addEventListener('loadstart', () => received.push('loadstart of the ad'))
    gate()
    fire('loadstart', ad)
    expect(admit).not.toHaveBeenCalled()
    expect(received).toEqual(['loadstart of the ad'])
  })

  it('fires an event without asking whether it is admitted', () => {
    const emit = gate()
    emit('seeked')
    expect(received).toEqual(['seeked'])
    expect(admit).not.toHaveBeenCalled()
  })

  it('asks about the element’s own event of the same name', () => {
    const emit = gate()
    emit('seeked')
    fire('seeked')
    expect(admit).toHaveBeenCalledExactlyOnceWith('seeked')
    expect(received).toEqual(['seeked'])
  })

  it('lets everything through when its source has ended', () => {
    gate()
    life.abort()
    fire('loadstart')
    expect(admit).not.toHaveBeenCalled()
    expect(received).toEqual(['loadstart'])
  })
})
