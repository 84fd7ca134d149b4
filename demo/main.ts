/// <reference types="vite/client" />
import './page.css'
import './choices.css'
import './ticket.css'
import './projection-room.css'
import { Check } from './check.js'
import { find } from './dom.js'
import { ENDPOINT, openFilm, showPoster } from './film.js'
import { Mischief } from './mischief.js'
import { OriginLog } from './origin-log.js'
import { Panel } from './panel.js'
import { type Programme, readProgramme, settingsOf, sourceOf, toQuery, wayOf } from './programme.js'
import { ProgrammeForm } from './programme-form.js'
import { OPENING, Stage, type StageReport } from './stage.js'
import { StallMeter } from './stall-meter.js'
import { StripChart } from './strip-chart.js'
import { Ticket } from './ticket.js'
import { bufferAhead, Timeline } from './timeline.js'
import { isServedByWorker } from './worker.js'

/* The demo page: a film (`film.ts`), and instruments that observe it from outside and read the origin's log. */

const KEPT_MS = 75_000

let programme = readProgramme(location.search)
const player = openFilm('film', programme)
const stage = new Stage()
const panel = new Panel(document)
const ticket = new Ticket(document, chooseLife)
const form = new ProgrammeForm(document, chooseProgramme)
const mischief = new Mischief(document, {
  change: (settings) => stage.change(settings).then(take),
  lastIssue: async () => {
    take(await stage.read())
    return log.lastIssue
  },
  killUrls: () => timeline.killUrls(Date.now()),
  refresh,
})

new Check(document, {
  endpoint: ENDPOINT,
  resource: () => sourceOf(programme).src,
  sign: async () => {
    const response = await fetch(`${ENDPOINT}?resource=${encodeURIComponent(sourceOf(programme).src)}`)
    if (!response.ok) throw new Error(`The endpoint answers ${response.status}.`)
    const { url }: { url: string } = await response.json()
    return url
  },
})

/* New for each showing. */
let meter: StallMeter
let timeline: Timeline
let log: OriginLog
let chart: StripChart
let expiresAt: number | undefined
let isOnScreen = false

let clockSkewMs = 0
let lifeMs = OPENING.lifeMs ?? 0

form.show(programme)
startInstruments()
stage
  .change({ ...OPENING, ...settingsOf(programme) })
  .then(take)
  .then(showPosterAndPoll, mischief.tellServerGone)
setInterval(lookAtPicture, 50)
setInterval(sample, 250)
draw()

function startInstruments(): void {
  meter = new StallMeter()
  timeline = new Timeline(KEPT_MS)
  log = new OriginLog(sourceOf(programme).src, Date.now(), KEPT_MS)
  chart = new StripChart(find(document, '#strip', HTMLCanvasElement), timeline)
  expiresAt = undefined
  // Until then the player reports the position of the previous showing.
  isOnScreen = false
  player.one('loadeddata', () => {
    isOnScreen = true
  })
}

function showPosterAndPoll(): void {
  void showPoster(player)
  setTimeout(poll, 1000)
}

function lookAtPicture(): void {
  const shouldMove = isOnScreen && !player.paused() && !player.seeking() && !player.ended() && player.error() === null
  meter.look({ at: performance.now(), position: player.currentTime() ?? 0, shouldMove })
}

function sample(): void {
  const now = Date.now()
  const signedUrl = player.signedUrl()
  if (signedUrl.expiresAt !== undefined && signedUrl.expiresAt !== expiresAt) {
    expiresAt = signedUrl.expiresAt
    timeline.addUrl(now, expiresAt - clockSkewMs)
  }
  if (signedUrl.status !== 'idle') {
    timeline.addSample({
      at: now,
      ahead: bufferAhead(player.buffered(), player.currentTime() ?? 0),
      isStalled: meter.isStalled,
    })
  }
  const { refreshes, signings, refusals, swaps, longestGapMs } = signedUrl.stats
  panel.show({
    stalledMs: meter.stalledMs,
    refreshes,
    swaps,
    longestGapMs,
    signings: { page: signings, origin: log.signings },
    refusals: { page: refusals, origin: log.refusals },
  })
  ticket.show({
    status: signedUrl.status,
    leftMs: expiresAt === undefined ? undefined : expiresAt - clockSkewMs - now,
    lifeMs,
  })
  if (wayOf(programme) === 'worker') {
    // An insecure page has no `serviceWorker`.
    const isReady = 'serviceWorker' in navigator && navigator.serviceWorker.controller !== null
    form.tellWorker({ isServing: isServedByWorker(player), isReady })
  }
}

/** Takes over the settings and the log that the server reports. */
function take({ settings, log: entries }: StageReport): void {
  clockSkewMs = settings.clockSkewMs
  lifeMs = settings.lifeMs
  log.read(entries, Date.now())
  timeline.setRequests(log.recent)
}

async function poll(): Promise<void> {
  await stage.read().then(take).catch(mischief.tellServerGone)
  setTimeout(poll, 1000)
}

/** Changes the server's signing before the film. A film that was playing keeps playing. */
async function chooseProgramme(chosen: Programme): Promise<void> {
  history.replaceState(null, '', toQuery(chosen))
  // Options of the plugin can't change during a player's life.
  if (chosen.worker !== programme.worker) return location.reload()
  programme = chosen
  const report = await stage.change(settingsOf(chosen))
  if (chosen !== programme) return
  const isWatched = !player.paused() || player.error() !== null
  startInstruments()
  player.src(sourceOf(chosen))
  take(report)
  if (isWatched) player.play()?.catch(() => {})
}

/** The next URL has the new life. Requests it at once, so that the change shows. */
async function chooseLife(chosenMs: number): Promise<void> {
  await stage.change({ lifeMs: chosenMs }).then(take)
  await refresh()
}

/** There is nothing to refresh before the film plays. The player shows failures. */
async function refresh(): Promise<void> {
  if (player.signedUrl().status !== 'idle')
    await player
      .signedUrl()
      .refresh()
      .catch(() => {})
}

/** With reduced motion the strip advances in steps of one second. */
function draw(): void {
  chart.draw(Date.now())
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) setTimeout(draw, 1000)
  else requestAnimationFrame(draw)
}
