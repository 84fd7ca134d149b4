import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LONGEST_TIMER_MS, linkedController, settleOnce, wait } from '../../../src/core/wait.js'
import { FakeTime } from '../../support/fake-time.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

describe('wait', () => {
  it('resolves after its time, not before', async () => {
    const done = vi.fn()
    wait(500, new AbortController().signal).then(done)
    await time.pass(499)
    expect(done).not.toHaveBeenCalled()
    await time.pass(1)
    expect(done).toHaveBeenCalled()
  })

  it('rejects with the reason of an abort and leaves no timer', async () => {
    const controller = new AbortController()
    const waiting = wait(500, controller.signal)
    controller.abort(new Error('over'))
    await expect(waiting).rejects.toThrow('over')
    expect(time.timers).toBe(0)
  })

  it('rejects at once when the signal is already aborted', async () => {
    await expect(wait(500, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
    expect(time.timers).toBe(0)
  })

  it.each([LONGEST_TIMER_MS + 1, 40 * 86_400_000, Number.POSITIVE_INFINITY])(
    'does not resolve at once for %d ms, more than a timer can hold',
    async (ms) => {
      const done = vi.fn()
      wait(ms, new AbortController().signal).then(done)
      await time.pass(60_000)
      expect(done).not.toHaveBeenCalled()
    },
  )
})

describe('settleOnce', () => {
  it('stops what it started when it resolves, rejects or is aborted', async () => {
    const stop = vi.fn()
    const controller = new AbortController()
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    await settleOnce<void>(controller.signal, (resolve) => {
      resolve()
      return stop
    })
    await settleOnce<void>(controller.signal, (_, reject) => {
      reject(new Error('x'))
      return stop
    }).catch(() => {})
    const aborted = settleOnce<void>(controller.signal, () => stop)
    controller.abort()
    await aborted.catch(() => {})
    expect(stop).toHaveBeenCalledTimes(3)
    expect(removed).toHaveBeenCalledTimes(3)
  })
})

describe('linkedController', () => {
  it('aborts with its parent, for the same reason', () => {
    const parent = new AbortController()
    const { controller } = linkedController(parent.signal)
    parent.abort('over')
    expect(controller.signal.reason).toBe('over')
  })

  it('is aborted from the start when its parent already is', () => {
    expect(linkedController(AbortSignal.abort('over')).controller.signal.aborted).toBe(true)
  })

  it('neither aborts its parent nor is aborted by it once released', () => {
    const parent = new AbortController()
    const { controller, release } = linkedController(parent.signal)
    controller.abort()
    expect(parent.signal.aborted).toBe(false)
    const other = linkedController(parent.signal)
    other.release()
    release()
    parent.abort()
    expect(other.controller.signal.aborted).toBe(false)
  })
})
