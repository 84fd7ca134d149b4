import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { networkFault, status } from '../../support/fake-endpoint.js'
import { FakeTime } from '../../support/fake-time.js'
import { FOLDER, fileFilm, playlist, TOP } from '../../support/file-cdn.js'

let time: FakeTime
beforeEach(() => {
  time = new FakeTime()
})
afterEach(() => time.restore())

const segment = (index: number) => `${FOLDER}seg-${index}.ts`
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `seg-${from + index}.ts`)

describe('a film whose every file is signed', () => {
  it('begins with the unsigned URL, and asks for each file by its own', async () => {
    const film = fileFilm(time)
    expect(await film.requests.start()).toBe(TOP)
    expect(await film.load(TOP)).toMatch(/master\.m3u8\?token=[\w-]{22}&expires=\d{10}$/)
    await film.load(`${FOLDER}playlist.m3u8`)
    expect(film.asked).toEqual([['master.m3u8'], ['playlist.m3u8']])
    expect(film.source.status).toBe('fresh')
  })

  it('signs ahead, in one batch, what comes while a URL lives', async () => {
    const film = fileFilm(time, { lifeS: 60 })
    await film.requests.start()
    film.read(playlist(90))
    await film.load(segment(0))
    // 0.9 of 60 to 61 s, in segments of 2 s.
    expect(film.asked[1]).toEqual(names(0, 27))
    for (let index = 1; index < 26; index += 1) await film.load(segment(index))
    expect(film.asked).toHaveLength(2)
    await film.load(segment(26))
    await time.settle()
    expect(film.asked[2]?.slice(0, 25)).toEqual(names(27, 52))
  })

  it('signs no more than the next two minutes of a long film, however long a URL lives', async () => {
    const film = fileFilm(time, { lifeS: 86_400 })
    await film.requests.start()
    film.read(playlist(1_200, 6))
    await film.load(segment(0))
    expect(film.asked[1]).toEqual(names(0, 20))
  })

  it('signs none of the renditions that a master playlist offers before one is asked for', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nhigh.m3u8', TOP)
    await film.load(`${FOLDER}low.m3u8`)
    expect(film.asked).toEqual([['master.m3u8'], ['low.m3u8']])
  })

  it('signs from where the viewer seeks to', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    await film.load(segment(0))
    await film.load(segment(60))
    expect(film.asked[2]).toEqual(names(60, 87))
  })

  it('asks for a key again without signing the film’s beginning again', async () => {
    const film = fileFilm(time, { lifeS: 10 })
    await film.requests.start()
    film.read(playlist(90, 2, '#EXT-X-KEY:METHOD=AES-128,URI="key.bin"'))
    await film.load(`${FOLDER}key.bin`)
    expect(film.asked[1]).toEqual(['key.bin', ...names(0, 4)])
    await film.load(segment(0))
    await time.pass(30_000)
    await film.load(segment(15))
    const before = film.asked.length
    await film.load(`${FOLDER}key.bin`)
    expect(film.asked.slice(before)).toEqual([['key.bin']])
  })

  it.each([true, false])('plays on for minutes of 5 s URLs with none refused, with batches %o', async (hasBatches) => {
    const film = fileFilm(time, { lifeS: 5 })
    film.state.hasBatches = hasBatches
    await film.requests.start()
    film.read(playlist(90))
    for (let index = 0; index < 90; index += 1) {
      const loading = film.load(segment(index))
      await time.pass(2_000)
      await loading
    }
    expect(film.refused()).toEqual([])
    expect(film.served).toHaveLength(90)
    expect(film.errors).toEqual([])
  })

  it('with 60 s URLs asks the endpoint at most once for ten segments', async () => {
    const film = fileFilm(time, { lifeS: 60 })
    await film.requests.start()
    film.read(playlist(90))
    for (let index = 0; index < 90; index += 1) {
      await film.load(segment(index))
      await time.pass(2_000)
    }
    expect(film.endpoint.requests.length).toBeLessThanOrEqual(9)
    expect(film.source.stats.signings).toBe(film.endpoint.requests.length)
  })

  it('a live playlist is signed anew behind its reloads, with the player’s directives beside its token', async () => {
    const film = fileFilm(time, { lifeS: 20 })
    film.environment.chance = 0
    await film.requests.start()
    const url = `${FOLDER}live.m3u8`
    for (let index = 0; index < 30; index += 1) {
      const sent = await film.load(`${url}?_HLS_msn=${index}`)
      expect(sent).toMatch(new RegExp(`\\?token=[\\w-]+&expires=\\d+&_HLS_msn=${index}$`))
      film.read(playlist(5).replace('#EXT-X-ENDLIST', ''), url)
      await time.pass(2_000)
    }
    expect(film.refused()).toEqual([])
    expect(film.asked.flat().filter((name) => name === 'live.m3u8').length).toBeLessThanOrEqual(5)
  })
})

describe('an endpoint without batches', () => {
  it('is asked for one once, then for file after file, a little ahead', async () => {
    const film = fileFilm(time)
    film.state.hasBatches = false
    await film.requests.start()
    film.read(playlist(90))
    film.read(playlist(90).replaceAll('seg', 'sound'), `${FOLDER}sound.m3u8`)
    await Promise.all([film.load(segment(0)), film.load(`${FOLDER}sound-0.ts`)])
    await film.load(segment(1))
    await time.settle()
    expect(film.asked.filter((files) => files.length > 1)).toHaveLength(1)
    const singles = film.asked.filter((files) => files.length === 1).flat()
    expect(new Set(singles).size).toBe(singles.length)
    expect(singles).not.toContain('seg-8.ts')
    expect(film.errors).toEqual([])
  })

  it.each([
    ['a list that is too short', { urls: ['https://cdn.example/vod/final/seg-0.ts?token=x'] }, /1 `urls` for 27/],
    ['no list', { url: 'https://cdn.example/vod/final/seg-0.ts' }, /no `urls`/],
  ])('that answers %s is said to be wrong, and the film plays', async (_title, body, message) => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    film.endpoint.next(() => Response.json(body))
    expect(await film.load(segment(0))).toContain('seg-0.ts?token=')
    expect(film.errors).toMatchObject([{ code: 'signed-url-invalid', message: expect.stringMatching(message) }])
    expect(film.refused()).toEqual([])
  })

  it('whose list is in another order gives no file another’s URL', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    film.endpoint.next((request) => {
      const { resources } = JSON.parse(String(request.body))
      return Response.json({ urls: resources.toReversed() })
    })
    const loading = film.load(segment(0))
    await time.pass(10_000)
    expect(await loading).toContain('seg-0.ts?token=')
    expect(film.errors[0]).toMatchObject({ code: 'signed-url-invalid', message: expect.stringMatching(/another file/) })
    expect(film.refused()).toEqual([])
  })

  it('that fails once after it had batches keeps them', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    await film.load(segment(0))
    film.endpoint.next(status(503))
    await film.load(segment(60))
    await time.pass(1_000)
    await film.load(segment(61))
    expect(film.asked.filter((files) => files.length > 1).length).toBeGreaterThanOrEqual(3)
    expect(film.refused()).toEqual([])
  })
})

describe('what the endpoint says of a file', () => {
  const denying = (film: ReturnType<typeof fileFilm>, denied: string) => {
    const { reply } = film.endpoint
    film.endpoint.reply = async (request) => {
      const { resources } = JSON.parse(String(request.body ?? '{}'))
      const one = new URL(request.url).searchParams.get('resource')
      if (!resources) return one === denied ? new Response('', { status: 403 }) : reply(request)
      const { urls } = await (await reply(request)).json()
      return Response.json({
        urls: urls.map((url: unknown, index: number) => (resources[index] === denied ? null : url)),
      })
    }
  }

  it('null denies that file alone, once it is needed', async () => {
    const film = fileFilm(time)
    denying(film, segment(3))
    await film.requests.start()
    film.read(playlist(90))
    for (const index of [0, 1, 2]) await film.load(segment(index))
    expect(film.errors).toEqual([])
    const loading = film.load(segment(3))
    loading.catch(() => {})
    await time.pass(1_000)
    expect(film.errors).toMatchObject([{ code: 'signed-url-denied' }])
    expect(film.source.error?.code).toBe('signed-url-denied')
  })

  it('a denied file on another host is no file of the film’s: it is asked for as it is', async () => {
    const film = fileFilm(time)
    const foreign = 'https://keys.example/key.bin'
    denying(film, foreign)
    await film.requests.start()
    const sent = await film.requests.of(foreign).resolve(foreign)
    expect(sent).toBe(foreign)
    expect(film.errors).toEqual([])
  })

  it('nobody asks it of hosts that `allowedOrigins` leaves out', async () => {
    const film = fileFilm(time, { allowedOrigins: ['https://cdn.example'] })
    await film.requests.start()
    const foreign = 'https://keys.example/key.bin'
    expect(film.requests.of(foreign).resolve(foreign)).toBe(foreign)
    expect(film.asked).toEqual([['master.m3u8']])
  })

  it('an id in place of a URL is told, and the option is named', async () => {
    const film = fileFilm(time)
    film.endpoint.next(() => Response.json({ url: `${FOLDER}another.m3u8?token=x&expires=1767781807` }))
    film.requests.start().catch(() => {})
    await time.pass(100)
    expect(film.source.error).toMatchObject({ code: 'signed-url-invalid', message: expect.stringContaining('scope') })
  })
})

describe('a refusal', () => {
  it('of one file has all that was signed before it signed anew: at most what was in flight is refused', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    await film.load(segment(0))
    await film.load(segment(1))
    film.state.secret = 'the viewer’s new address'
    for (let index = 2; index < 10; index += 1) await film.load(segment(index))
    expect(film.refused()).toHaveLength(1)
    expect(film.events).toContain('refreshing refused')
    expect(film.source.stats.refusals).toBe(1)
  })

  it('that fresh URLs don’t mend is the film’s failure, and a refresh that succeeds goes on at the same file', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    await film.load(segment(0))
    const { reply } = film.endpoint
    film.endpoint.reply = networkFault
    const loading = film.load(segment(60))
    let isDone = false
    loading.then(() => {
      isDone = true
    })
    await time.pass(60_000)
    expect(film.source.error?.code).toBe('signed-url-unavailable')
    expect(isDone).toBe(false)
    film.endpoint.reply = reply
    const refreshing = film.source.refresh('manual')
    await time.pass(1_000)
    await refreshing
    await time.pass(1_000)
    expect(film.source.error).toBeUndefined()
    expect(film.served.at(-1)?.url).toContain('seg-60.ts')
  })

  it('leaves nothing behind when the film ends', async () => {
    const film = fileFilm(time)
    await film.requests.start()
    film.read(playlist(90))
    film.endpoint.reply = () => new Promise(() => {})
    const loading = film.load(segment(0))
    loading.catch(() => {})
    await time.pass(100)
    film.source.dispose()
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
    await time.settle()
    expect(time.timers).toBe(0)
    expect(film.endpoint.requests.at(-1)?.signal.aborted).toBe(true)
  })
})
