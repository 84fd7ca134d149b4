/// <reference types="vite/client" />
import './page.css'
import './ticket.css'
import './projection-room.css'
import { find } from './dom.js'
import { FILM, openFilm, showPoster } from './film.js'
import { Mischief } from './mischief.js'
import { OriginLog } from './origin-log.js'
import { Panel } from './panel.js'
import { OPENING, Stage, type StageReport } from './stage.js'
import { StallMeter } from './stall-meter.js'
import { StripChart } from './strip-chart.js'
import { Ticket } from './ticket.js'
import { bufferAhead, Timeline } from './timeline.js'

/* The demo page: a film (`film.ts`), and instruments that look at it from outside and at the origin's own log. */

const KEPT_MS = 75_000

const player = openFilm('film')
const stage = new Stage()
const meter = new StallMeter()
const timeline = new Timeline(KEPT_MS)
const log = new OriginLog(FILM.src, Date.now(), KEPT_MS)
const panel = new Panel(document)
const ticket = new Ticket(document, chooseLife)
const mischief = new Mischief(document, {
  change: (settings) => stage.change(settings).then(take),
  lastIssue: async () => {
    take(await stage.read())
    return log.lastIssue
  },
  killUrls: () => timeline.killUrls(Date.now()),
  refresh,
})
const chart = new StripChart(find(document, '#strip', HTMLCanvasElement), timeline)

let clockSkewMs = 0
let lifeMs = OPENING.lifeMs ?? 0
let expiresAt: number | undefined

stage.change(OPENING).then(take).then(showPosterAndPoll, mischief.tellServerGone)
setInterval(lookAtPicture, 50)
setInterval(sample, 250)
draw()

function showPosterAndPoll(): void {
  void showPoster(player)
  setTimeout(poll, 1000)
}

function lookAtPicture(): void {
  const shouldMove = !player.paused() && !player.seeking() && !player.ended() && player.error() === null
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
  const { refreshes, signings, refusals } = signedUrl.stats
  panel.show({
    stalledMs: meter.stalledMs,
    refreshes,
    signings: { page: signings, origin: log.signings },
    refusals: { page: refusals, origin: log.refusals },
  })
  ticket.show({
    status: signedUrl.status,
    leftMs: expiresAt === undefined ? undefined : expiresAt - clockSkewMs - now,
    lifeMs,
  })
}

/** The server's settings and log, as it reports them. */
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

/** The next URL has the new life; so that it shows, it is asked for at once. */
async function chooseLife(chosenMs: number): Promise<void> {
  await stage.change({ lifeMs: chosenMs }).then(take)
  await refresh()
}

/** Before the film is played there is nothing to refresh. What fails is shown in the player. */
async function refresh(): Promise<void> {
  if (player.signedUrl().status !== 'idle')
    await player
      .signedUrl()
      .refresh()
      .catch(() => {})
}

/** With reduced motion the strip moves on once a second, in steps. */
function draw(): void {
  chart.draw(Date.now())
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) setTimeout(draw, 1000)
  else requestAnimationFrame(draw)
}
