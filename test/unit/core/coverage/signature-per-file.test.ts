import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { networkFault, status } from '../../../support/fake-endpoint.js'
import { FakeTime } from '../../../support/fake-time.js'
import { FOLDER, playlist, signedFiles, TOP } from './signed-files.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

const segment = (index: number) => `${FOLDER}seg-${index}.ts`
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `seg-${from + index}.ts`)

describe('a video in which every file is signed', () => {
  it('starts with the unsigned URL and signs each file separately', async () => {
    const video = signedFiles(time)
    expect(await video.media.start()).toBe(TOP)
    expect(await video.load(TOP)).toMatch(/master\.m3u8\?token=[\w-]{22}&expires=\d{10}$/)
    await video.load(`${FOLDER}playlist.m3u8`)
    expect(video.requested).toEqual([['master.m3u8'], ['playlist.m3u8']])
    expect(video.signature.status).toBe('fresh')
  })

  it('signs ahead, in one batch, the files that will be requested during the life of a URL', async () => {
    const video = signedFiles(time, { lifeS: 60 })
    await video.media.start()
    video.read(playlist(90))
    await video.load(segment(0))
    // 0.9 of 60 to 61 s is 27 segments of 2 s.
    expect(video.requested[1]).toEqual(names(0, 27))
    for (let index = 1; index < 26; index += 1) await video.load(segment(index))
    expect(video.requested).toHaveLength(2)
    await video.load(segment(26))
    await time.settle()
    expect(video.requested[2]?.slice(0, 25)).toEqual(names(27, 52))
  })

  it('signs no more than the next two minutes of a long video, however long a URL lives', async () => {
    const video = signedFiles(time, { lifeS: 86_400 })
    await video.media.start()
    video.read(playlist(1_200, 6))
    await video.load(segment(0))
    expect(video.requested[1]).toEqual(names(0, 20))
  })

  it('signs no rendition of a master playlist before it is requested', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nhigh.m3u8', TOP)
    await video.load(`${FOLDER}low.m3u8`)
    expect(video.requested).toEqual([['master.m3u8'], ['low.m3u8']])
  })

  it('signs from the position that the viewer seeks to', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    await video.load(segment(0))
    await video.load(segment(60))
    expect(video.requested[2]).toEqual(names(60, 87))
  })

  it('signs a key again without signing the start of the video again', async () => {
    const video = signedFiles(time, { lifeS: 10 })
    await video.media.start()
    video.read(playlist(90, 2, '#EXT-X-KEY:METHOD=AES-128,URI="key.bin"'))
    await video.load(`${FOLDER}key.bin`)
    expect(video.requested[1]).toEqual(['key.bin', ...names(0, 4)])
    await video.load(segment(0))
    await time.pass(30_000)
    await video.load(segment(15))
    const before = video.requested.length
    await video.load(`${FOLDER}key.bin`)
    expect(video.requested.slice(before)).toEqual([['key.bin']])
  })

  it.each([true, false])('plays for minutes on 5 s URLs without a refusal, with batches: %o', async (hasBatches) => {
    const video = signedFiles(time, { lifeS: 5 })
    video.state.hasBatches = hasBatches
    await video.media.start()
    video.read(playlist(90))
    for (let index = 0; index < 90; index += 1) {
      const loading = video.load(segment(index))
      await time.pass(2_000)
      await loading
    }
    expect(video.refused()).toEqual([])
    expect(video.served).toHaveLength(90)
    expect(video.errors).toEqual([])
  })

  it('with 60 s URLs calls the endpoint at most once per ten segments', async () => {
    const video = signedFiles(time, { lifeS: 60 })
    await video.media.start()
    video.read(playlist(90))
    for (let index = 0; index < 90; index += 1) {
      await video.load(segment(index))
      await time.pass(2_000)
    }
    expect(video.endpoint.requests.length).toBeLessThanOrEqual(9)
    expect(video.signature.settings.stats.signings).toBe(video.endpoint.requests.length)
  })

  it('refreshes a live playlist in the background and keeps the player’s directives next to its token', async () => {
    const video = signedFiles(time, { lifeS: 20 })
    video.environment.chance = 0
    await video.media.start()
    const url = `${FOLDER}live.m3u8`
    for (let index = 0; index < 30; index += 1) {
      const sent = await video.load(`${url}?_HLS_msn=${index}`)
      expect(sent).toMatch(new RegExp(`\\?token=[\\w-]+&expires=\\d+&_HLS_msn=${index}$`))
      video.read(playlist(5).replace('#EXT-X-ENDLIST', ''), url)
      await time.pass(2_000)
    }
    expect(video.refused()).toEqual([])
    expect(video.requested.flat().filter((name) => name === 'live.m3u8').length).toBeLessThanOrEqual(5)
  })
})

describe('an endpoint', () => {
  it('without batches gets one batch request, then requests for single files, a little ahead', async () => {
    const video = signedFiles(time)
    video.state.hasBatches = false
    await video.media.start()
    video.read(playlist(90))
    video.read(playlist(90).replaceAll('seg', 'sound'), `${FOLDER}sound.m3u8`)
    await Promise.all([video.load(segment(0)), video.load(`${FOLDER}sound-0.ts`)])
    await video.load(segment(1))
    await time.settle()
    expect(video.requested.filter((files) => files.length > 1)).toHaveLength(1)
    const singles = video.requested.filter((files) => files.length === 1).flat()
    expect(new Set(singles).size).toBe(singles.length)
    expect(singles).not.toContain('seg-8.ts')
    expect(video.errors).toEqual([])
  })

  it.each([
    ['a list that is too short', { urls: ['https://cdn.example/vod/final/seg-0.ts?token=x'] }, /1 `urls` for 27/],
    ['no list', { url: 'https://cdn.example/vod/final/seg-0.ts' }, /no `urls`/],
  ])(
    'that answers a batch with %s is reported as signed-url-invalid, and the video plays',
    async (_title, body, message) => {
      const video = signedFiles(time)
      await video.media.start()
      video.read(playlist(90))
      video.endpoint.next(() => Response.json(body))
      expect(await video.load(segment(0))).toContain('seg-0.ts?token=')
      expect(video.errors).toMatchObject([{ code: 'signed-url-invalid', message: expect.stringMatching(message) }])
      expect(video.refused()).toEqual([])
    },
  )

  it('that answers in another order is reported, and no file gets the URL of another', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    video.endpoint.next((request) => {
      const { resources } = JSON.parse(String(request.body))
      return Response.json({ urls: resources.toReversed() })
    })
    const loading = video.load(segment(0))
    await time.pass(10_000)
    expect(await loading).toContain('seg-0.ts?token=')
    expect(video.errors[0]).toMatchObject({
      code: 'signed-url-invalid',
      message: expect.stringMatching(/another file/),
    })
    expect(video.refused()).toEqual([])
  })

  it.each([
    ['503', status(503)],
    ['429', status(429)],
    ['no answer', networkFault],
  ])(
    'whose first batch is answered with %s, which says nothing about batches, gets the next one',
    async (_title, reply) => {
      const video = signedFiles(time)
      await video.media.start()
      video.read(playlist(300))
      video.endpoint.next(reply)
      for (let index = 0; index < 300; index += 1) {
        const loading = video.load(segment(index))
        await time.pass(2_000)
        await loading
      }
      // One for the video, the batch that failed, one for the file that needed it, and a batch for every 25 files or so.
      expect(video.requested.length).toBeLessThanOrEqual(3 + 300 / 20)
      expect(video.refused()).toEqual([])
    },
  )

  it('that fails once after a batch still gets batch requests', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    await video.load(segment(0))
    video.endpoint.next(status(503))
    await video.load(segment(60))
    await time.pass(1_000)
    await video.load(segment(61))
    expect(video.requested.filter((files) => files.length > 1).length).toBeGreaterThanOrEqual(3)
    expect(video.refused()).toEqual([])
  })
})

describe('the answer of the endpoint for a file', () => {
  const denying = (video: ReturnType<typeof signedFiles>, denied: string) => {
    const { reply } = video.endpoint
    video.endpoint.reply = async (request) => {
      const { resources } = JSON.parse(String(request.body ?? '{}'))
      const one = new URL(request.url).searchParams.get('resource')
      if (!resources) return one === denied ? new Response('', { status: 403 }) : reply(request)
      const { urls } = await (await reply(request)).json()
      return Response.json({
        urls: urls.map((url: unknown, index: number) => (resources[index] === denied ? null : url)),
      })
    }
  }

  it('denies only that file when it is null, once the file is needed', async () => {
    const video = signedFiles(time)
    denying(video, segment(3))
    await video.media.start()
    video.read(playlist(90))
    for (const index of [0, 1, 2]) await video.load(segment(index))
    expect(video.errors).toEqual([])
    const loading = video.load(segment(3))
    loading.catch(() => {})
    await time.pass(1_000)
    expect(video.errors).toMatchObject([{ code: 'signed-url-denied' }])
    expect(video.signature.error?.code).toBe('signed-url-denied')
  })

  it('leaves the file unsigned when it denies one on another host', async () => {
    const video = signedFiles(time)
    const foreign = 'https://keys.example/key.bin'
    denying(video, foreign)
    await video.media.start()
    const sent = await video.media.request(foreign).url()
    expect(sent).toBe(foreign)
    expect(video.errors).toEqual([])
  })

  it('is not requested for hosts that `allowedOrigins` excludes', async () => {
    const video = signedFiles(time, { allowedOrigins: ['https://cdn.example'] })
    await video.media.start()
    const foreign = 'https://keys.example/key.bin'
    expect(video.media.request(foreign).url()).toBe(foreign)
    expect(video.requested).toEqual([['master.m3u8']])
  })

  it('is reported when it is for another file, with a hint at the `scope` option', async () => {
    const video = signedFiles(time)
    video.endpoint.next(() => Response.json({ url: `${FOLDER}another.m3u8?token=x&expires=1767781807` }))
    video.media.start().catch(() => {})
    await time.pass(100)
    expect(video.signature.error).toMatchObject({
      code: 'signed-url-invalid',
      message: expect.stringContaining('scope'),
    })
  })
})

describe('a video in which every file is signed, when something fails', () => {
  it('signs everything again after a refusal, so that no further file is refused', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    await video.load(segment(0))
    await video.load(segment(1))
    video.state.secret = 'the viewer’s new address'
    for (let index = 2; index < 10; index += 1) await video.load(segment(index))
    expect(video.refused()).toHaveLength(1)
    expect(video.events).toContain('refreshing refused')
    expect(video.signature.settings.stats.refusals).toBe(1)
  })

  it('gives up when the endpoint cannot be reached, and continues at the same file after a refresh', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    await video.load(segment(0))
    const { reply } = video.endpoint
    video.endpoint.reply = networkFault
    const loading = video.load(segment(60))
    let isDone = false
    loading.then(() => {
      isDone = true
    })
    await time.pass(60_000)
    expect(video.signature.error?.code).toBe('signed-url-unavailable')
    expect(isDone).toBe(false)
    video.endpoint.reply = reply
    const refreshing = video.signature.refresh('manual')
    await time.pass(1_000)
    await refreshing
    await time.pass(1_000)
    expect(video.signature.error).toBeUndefined()
    expect(video.served.at(-1)?.url).toContain('seg-60.ts')
  })

  it('leaves nothing behind when it is disposed while it waits', async () => {
    const video = signedFiles(time)
    await video.media.start()
    video.read(playlist(90))
    video.endpoint.reply = () => new Promise(() => {})
    const loading = video.load(segment(0))
    loading.catch(() => {})
    await time.pass(100)
    video.signature.dispose()
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
    await time.settle()
    expect(time.timers).toBe(0)
    expect(video.endpoint.requests.at(-1)?.signal.aborted).toBe(true)
  })
})
