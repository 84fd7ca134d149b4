import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { FULL, type InBrowser, inBrowser } from '../support/in-browser.js'
import { until } from '../support/site.js'
import type { Video } from '../support/video.js'
import type { Sighting } from './pages/lab.js'

/* What viewers see and do when the plugin has given up: the panel in Video.js's error display. */

const it = inBrowser('chromium')
const QUICK = { maxAttempts: 2, baseDelayMs: 50, maxDelayMs: 200, timeoutMs: 1_000 }
const HEALTHY = { endpointStatus: null, endpointBody: null, endpointDelayMs: 0 }
const RENTAL = JSON.stringify({
  reason: 'rental-ended',
  message: 'Your <b>rental</b> ended on <i>Sunday</i>. <img src=x>',
})

interface Panel {
  readonly text: string
  readonly button: string
  readonly isBusy: boolean
  readonly elements: readonly string[]
  /** What has the focus: `button` and `display` of the panel, `player`, or the id or the name of another element. */
  readonly focus: string
}

/** The panel as it is shown; null where there is none or it is hidden. */
function panelOf(video: Video): Promise<Panel | null> {
  return video.do(`
    const panel = player.el().querySelector('.vjs-signed-url-panel')
    const button = panel?.querySelector('button')
    const { activeElement } = document
    const focus = activeElement === button ? 'button' : activeElement?.closest('.vjs-error-display') ? 'display'
      : activeElement?.closest('.video-js') ? 'player' : activeElement?.id || activeElement?.localName
    panel?.checkVisibility() ? {
      text: panel.querySelector('p').textContent,
      button: button.textContent,
      isBusy: button.getAttribute('aria-disabled') === 'true',
      elements: [...panel.querySelectorAll('*')].map(({ localName }) => localName),
      focus,
    } : null`)
}

/** Presses a key where the focus is. */
const press = (video: Video, key: string) => video.page.press?.(key)
const isFocusInPlayer = (video: Video) => video.do<boolean>('player.el().contains(document.activeElement)')

/** Plays until the video fails in the middle, because the endpoint answers so. */
async function failInTheMiddle(play: InBrowser['play'], fault: Partial<StageSettings>): Promise<Video> {
  const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
  await video.reaches(1)
  await video.stage.set(fault)
  await video.fails()
  return video
}

describe('the panel', () => {
  it('is reached by Tab, and Enter plays on at the same position, with the focus in the player', async ({ play }) => {
    const video = await failInTheMiddle(play, { endpointStatus: 403, endpointBody: RENTAL })
    const { position } = await video.see()
    expect(await panelOf(video)).toMatchObject({ button: 'Try again', isBusy: false })
    await video.stage.set({ ...HEALTHY, endpointDelayMs: 500 })
    await video.do('player.el().focus()')
    await press(video, 'Tab')
    expect((await panelOf(video))?.focus).toBe('button')
    await press(video, 'Enter')
    await press(video, 'Enter')
    expect(await panelOf(video)).toMatchObject({ button: 'Trying again…', isBusy: true, focus: 'button' })
    const after = await video.reaches(position + 2)
    expect(after).toMatchObject({ error: null, paused: false })
    expect(after.events.filter(({ type }) => ['seeking', 'emptied'].includes(type))).toEqual([])
    // A later one may have begun meanwhile.
    const refreshes = after.events.filter(({ type }) => type === 'signedurlrefreshing')
    expect(refreshes.map(({ data }) => data.reason)).toContain('manual')
    expect(await panelOf(video)).toBeNull()
    expect(await isFocusInPlayer(video)).toBe(true)
  })

  it('shows the message of a denial as text', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 403, endpointBody: RENTAL })
    await video.fails()
    expect(await panelOf(video)).toMatchObject({ text: JSON.parse(RENTAL).message, elements: ['p', 'button'] })
    const told = await video.do(`
      const { code, status, reason, viewerMessage } = player.error().cause;
      ({ code, status, reason, viewerMessage, message: player.error().message })`)
    const { message, reason } = JSON.parse(RENTAL)
    expect(told).toEqual({ code: 'signed-url-denied', status: 403, reason, viewerMessage: message, message })
  })

  for (const [status, sentence] of [
    [401, 'Your session has ended. Please log in again.'],
    [403, 'You do not have access to this video.'],
    [503, 'The video can’t be reached at the moment. It will be retried automatically.'],
  ] as const)
    it(`reads "${sentence}" after ${status}`, FULL, async ({ play }) => {
      const video = await play({ endpointStatus: status }, { plugin: { retry: QUICK } })
      await video.fails()
      expect(await panelOf(video)).toMatchObject({ text: sentence, button: 'Try again' })
    })

  it('keeps the focus on the button when trying again is in vain, and then lets it go on', FULL, async ({ play }) => {
    const video = await failInTheMiddle(play, { endpointStatus: 403 })
    const count = ({ events }: Sighting, wanted: string) => events.filter(({ type }) => type === wanted).length
    const failures = count(await video.see(), 'signedurlfailed')
    await video.do('player.el().querySelector(".vjs-signed-url-panel button").focus()')
    // The same answer again is no second error.
    await press(video, 'Enter')
    await video.until((seen) => count(seen, 'signedurlfailed') > failures, 'an attempt')
    await until(async () => (await panelOf(video))?.isBusy === false, 'its end')
    expect(count(await video.see(), 'error')).toBe(1)
    expect(await panelOf(video)).toMatchObject({ button: 'Try again', focus: 'button' })
    // Another one is, and comes with a new button.
    await video.stage.set({ endpointStatus: 401 })
    await press(video, 'Enter')
    await video.until((seen) => count(seen, 'error') === 2, 'a second error')
    expect(await panelOf(video)).toMatchObject({
      text: 'Your session has ended. Please log in again.',
      button: 'Try again',
      isBusy: false,
      focus: 'button',
    })
    await press(video, 'Tab')
    expect(await panelOf(video)).toMatchObject({ focus: 'gesture' })
    await press(video, 'Shift+Tab')
    expect(await panelOf(video)).toMatchObject({ focus: 'button' })
  })

  it('takes no focus from the page, neither when it comes nor when it goes', FULL, async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.do('document.querySelector("#gesture").focus()')
    await video.stage.set({ endpointStatus: 503 })
    await video.fails()
    expect(await panelOf(video)).toMatchObject({ focus: 'gesture' })
    await video.stage.set(HEALTHY)
    await video.refresh()
    await video.until(({ error }) => error === null, 'the video to resume')
    expect(await video.do('document.activeElement.id')).toBe('gesture')
  })

  it('takes the focus of a control that it hides, and gives it back', FULL, async ({ play }) => {
    const video = await play({ lifeMs: 3_000 }, { plugin: { retry: QUICK } })
    await video.reaches(1)
    await video.do('player.el().querySelector(".vjs-mute-control").focus()')
    await video.stage.set({ endpointStatus: 403 })
    await video.fails()
    expect(await panelOf(video)).toMatchObject({ focus: 'display' })
    await video.stage.set(HEALTHY)
    await press(video, 'Tab')
    await press(video, 'Enter')
    await video.until(({ error }) => error === null, 'the video to resume')
    expect(await video.do('document.activeElement.className')).toContain('vjs-mute-control')
  })

  it('plays a video that was denied at its start, and paused', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 402 }, { autoplay: false })
    await video.fails()
    await video.stage.set(HEALTHY)
    await video.page.click('.vjs-signed-url-try-again')
    expect(await video.reaches(1)).toMatchObject({ error: null, paused: false })
  })

  it('says nothing more when the player is disposed while it tries again', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 403 })
    await video.fails()
    await video.stage.set({ ...HEALTHY, endpointDelayMs: 60_000 })
    await video.page.click('.vjs-signed-url-try-again')
    expect(await panelOf(video)).toMatchObject({ isBusy: true })
    const lines = video.page.consoleText().length
    await video.do('player.dispose(); new Promise((resolve) => setTimeout(resolve, 500))')
    expect(video.page.consoleText().slice(lines)).toEqual([])
  })

  it('leaves the focus in the player when the page sets another source', FULL, async ({ play }) => {
    const video = await failInTheMiddle(play, { endpointStatus: 403 })
    await video.do('player.el().querySelector(".vjs-signed-url-panel button").focus()')
    await video.stage.set(HEALTHY)
    await video.set({ src: 'film', type: 'application/x-mpegURL' })
    await video.until(({ error }) => error === null, 'another source')
    expect(await isFocusInPlayer(video)).toBe(true)
  })

  it('is left out with errorPanel: false', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 401 }, { plugin: { errorPanel: false } })
    await video.fails()
    expect(await panelOf(video)).toBeNull()
    const shown = await video.do('player.el().querySelector(".vjs-error-display").innerText.trim()')
    expect(shown).toContain('Your session has ended. Please log in again.')
  })

  it('is left out where the page has turned off the error display of Video.js', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 401 }, { player: { errorDisplay: false } })
    expect((await video.fails()).error?.message).toBe('Your session has ended. Please log in again.')
    expect(await panelOf(video)).toBeNull()
  })

  it('shows what a hook of the page makes of the error', FULL, async ({ play }) => {
    const hook = `videojs.hook('beforeerror', (player, error) => error && { ...error, message: 'Call us.' })`
    const video = await play({ endpointStatus: 403 }, { before: (page) => page.evaluate(`void ${hook}`) })
    await video.fails()
    expect(await panelOf(video)).toMatchObject({ text: 'Call us.', button: 'Try again' })
  })

  for (const [code, sentence, button] of [
    ['de', 'Sie haben keinen Zugriff auf dieses Video.', 'Erneut versuchen'],
    ['fr', 'Vous n’avez pas accès à cette vidéo.', 'Réessayer'],
    ['es', 'No tiene acceso a este vídeo.', 'Reintentar'],
  ] as const)
    it(`speaks ${code} with its language file`, FULL, async ({ play }) => {
      const language = readFileSync(`src/lang/${code}.json`, 'utf8')
      const video = await play(
        { endpointStatus: 403 },
        {
          player: { language: code },
          before: (page) => page.evaluate(`void videojs.addLanguage('${code}', ${language})`),
        },
      )
      await video.fails()
      expect(await panelOf(video)).toMatchObject({ text: sentence, button })
    })

  it('has no fault that axe finds, and styles that a Content-Security-Policy allows', FULL, async ({ play }) => {
    const video = await play({ endpointStatus: 403 }, { plugin: { retry: QUICK }, before: forbidInlineStyles })
    await video.fails()
    const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
    await video.page.evaluate(axe)
    const { violations, passes } = await video.do<Record<string, readonly { id: string }[]>>(`
      axe.run(player.el()).then(({ violations, passes }) => ({
        violations: violations.map(({ id, nodes }) => ({ id, html: nodes.map(({ html }) => html) })),
        passes: passes.map(({ id }) => ({ id })),
      }))`)
    expect(violations).toEqual([])
    expect(passes?.map(({ id }) => id)).toEqual(expect.arrayContaining(['button-name', 'color-contrast']))
    expect(await video.do('getComputedStyle(player.el().querySelector(".vjs-signed-url-panel")).display')).toBe('flex')
    expect(await video.do('document.adoptedStyleSheets.length')).toBe(1)
  })

  it('is styled once for two players', FULL, async ({ play }) => {
    const first = await play({ endpointStatus: 403 }, { name: 'first' })
    const second = await play({ endpointStatus: 403 }, { name: 'second', in: first.page })
    await Promise.all([first.fails(), second.fails()])
    expect(await first.do('document.adoptedStyleSheets.length')).toBe(1)
  })
})

/** As the header `Content-Security-Policy: style-src 'self'` would. */
async function forbidInlineStyles(page: Video['page']): Promise<void> {
  await page.evaluate(`
    const meta = document.createElement('meta')
    meta.httpEquiv = 'Content-Security-Policy'
    meta.content = "style-src 'self'"
    void document.head.append(meta)`)
}
