import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gateMediaEvents } from '../../../../src/engines/native/event-gate.js'

/** What a load of a new source fires, in the order of the standard, and what a seek and a broken connection do. */
const OF_A_SWAP = [
  ...['pause', 'abort', 'emptied', 'timeupdate', 'ratechange', 'loadstart', 'progress', 'suspend', 'stalled'],
  ...['durationchange', 'resize', 'loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough'],
  ...['play', 'waiting', 'playing', 'seeking', 'seeked', 'ended', 'error'],
]
const OF_NO_SOURCE = ['volumechange', 'enterpictureinpicture', 'leavepictureinpicture']

let player: HTMLElement
let element: HTMLVideoElement
let heard: string[]
let life: AbortController
const admit = vi.fn<(type: string) => boolean>()

beforeEach(() => {
  life = new AbortController()
  heard = []
  admit.mockReset().mockReturnValue(false)
  player = document.createElement('div')
  element = document.createElement('video')
  player.append(element)
  document.body.append(player)
  // Video.js listens on its element long before the gate is there.
  for (const type of [...OF_A_SWAP, ...OF_NO_SOURCE]) element.addEventListener(type, () => heard.push(type))
})
afterEach(() => {
  life.abort()
  player.remove()
})

const gate = () => gateMediaEvents(player, element, admit, life.signal)
const fire = (type: string, target: EventTarget = element) => target.dispatchEvent(new Event(type))

describe('gateMediaEvents', () => {
  it.each(OF_A_SWAP)('keeps %s from those who listened first, when it is not admitted', (type) => {
    gate()
    fire(type)
    expect(admit).toHaveBeenCalledExactlyOnceWith(type)
    expect(heard).toEqual([])
  })

  it.each(OF_A_SWAP)('lets %s through once, when it is admitted', (type) => {
    admit.mockReturnValue(true)
    gate()
    fire(type)
    expect(heard).toEqual([type])
  })

  it.each(OF_NO_SOURCE)('has no say in %s, which belongs to no source', (type) => {
    gate()
    fire(type)
    expect(admit).not.toHaveBeenCalled()
    expect(heard).toEqual([type])
  })

  it('has no say in the events of another element in the player, as an ad’s', () => {
    const ad = document.createElement('video')
    player.append(ad)
    ad.addEventListener('loadstart', () => heard.push('loadstart of the ad'))
    gate()
    fire('loadstart', ad)
    expect(admit).not.toHaveBeenCalled()
    expect(heard).toEqual(['loadstart of the ad'])
  })

  it('has the listeners hear an event that it was told to fire, and asks nobody', () => {
    const emit = gate()
    emit('seeked')
    expect(heard).toEqual(['seeked'])
    expect(admit).not.toHaveBeenCalled()
  })

  it('asks again for the element’s own event of that name', () => {
    const emit = gate()
    emit('seeked')
    fire('seeked')
    expect(admit).toHaveBeenCalledExactlyOnceWith('seeked')
    expect(heard).toEqual(['seeked'])
  })

  it('lets everything through when its source has ended', () => {
    gate()
    life.abort()
    fire('loadstart')
    expect(admit).not.toHaveBeenCalled()
    expect(heard).toEqual(['loadstart'])
  })
})
