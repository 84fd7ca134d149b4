/// <reference types="vite/client" />
import './page.css'
import './choices.css'
import './ticket.css'
import './projection-room.css'
import './faults.css'
import { describeFaults, readAddress, toQuery } from './address.js'
import { startBroadcast } from './broadcast.js'
import { ChartReader } from './chart-reader.js'
import { Check } from './check.js'
import { find } from './dom.js'
import { type FaultChoice, FaultSwitches } from './fault-switches.js'
import { type FaultId, settingsOfFaults } from './faults.js'
import { openPlayer, playedSource, showPoster } from './film.js'
import { Mischief } from './mischief.js'
import { OriginLog } from './origin-log.js'
import { ownStage } from './own-stage.js'
import { Panel } from './panel.js'
import { isBroadcast, isFileByFile, needsNewPlayer, type Programme, settingsOf, sourceOf, wayOf } from './programme.js'
import { ProgrammeForm } from './programme-form.js'
import type { StageReport } from './stage.js'
import { StallMeter } from './stall-meter.js'
import { StripChart } from './strip-chart.js'
import { Ticket } from './ticket.js'
import { bufferAhead, Timeline } from './timeline.js'
import { isServedByWorker } from './worker.js'

/* The demo page: a film (`film.ts`), and instruments that observe it from outside and read the origin's log. */

const KEPT_MS = 75_000
/** Where in the film a fault begins that is to begin in the middle, s. */
const MIDDLE_S = 8

const address = readAddress(location.search)
let { programme } = address
const { id, stage, endpoint } = ownStage('demo')
const player = openPlayer('film', programme, endpoint)
const panel = new Panel(document)
const ticket = new Ticket(document, chooseLife)
const form = new ProgrammeForm(document, chooseProgramme)
const switches = new FaultSwitches(document, chooseFaults)
const faultsStatus = find(document, '#faults-status', HTMLElement)
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
  endpoint,
  resource: () => sourceOf(programme).src,
  sign: async () => {
    const response = await fetch(`${endpoint}&resource=${encodeURIComponent(sourceOf(programme).src)}`)
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
let lifeMs = programme.lifeMs
/** The faults that have begun. */
let activeFaults: readonly FaultId[] = []

const reader = new ChartReader(document, () => chart)
find(document, '#address-note', HTMLElement).textContent = address.notes.join(' ')
if (address.notes.length > 0) history.replaceState(null, '', toQuery(programme))
ticket.choose(lifeMs)
switches.show(programme)
form.show(programme)
startInstruments()
stage.change(settingsOf(programme)).then(begin, mischief.tellServerGone)
setInterval(lookAtPicture, 50)
setInterval(sample, 250)
draw()

function startInstruments(): void {
  meter = new StallMeter()
  timeline = new Timeline(KEPT_MS)
  log = new OriginLog(isFileByFile(programme) ? undefined : sourceOf(programme).src, Date.now(), KEPT_MS)
  chart = new StripChart(find(document, '#strip', HTMLCanvasElement), timeline)
  expiresAt = undefined
  // Until then the player reports the position of the previous showing.
  isOnScreen = false
  player.one('loadeddata', () => {
    isOnScreen = true
  })
}

/** Sets the source once the servers are as the address says. The poster is signed before the faults. */
async function begin(report: StageReport): Promise<void> {
  take(report)
  try {
    if (isBroadcast(programme)) form.tell('The broadcast begins …')
    await startBroadcast(programme)
    form.tell('')
  } catch (error) {
    form.tell(error instanceof Error ? error.message : String(error))
    return
  }
  await showPoster(player)
  if (programme.from === 'start') await applyFaults().catch(mischief.tellServerGone)
  player.src(playedSource(programme, id, report.originUrl))
  document.documentElement.dataset.ready = 'true'
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
  if (isMiddleReached() && activeFaults.length === 0 && programme.faults.length > 0)
    applyFaults().catch(mischief.tellServerGone)
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
  const last = programme
  remember(chosen)
  if (needsNewPlayer(last, chosen)) return location.reload()
  const report = await stage.change(settingsOf(chosen))
  if (chosen !== programme) return
  await applyFaults()
  switches.show(chosen)
  const isWatched = !player.paused() || player.error() !== null
  startInstruments()
  player.src(playedSource(chosen, id, report.originUrl))
  take(report)
  if (isWatched) player.play()?.catch(() => {})
}

async function chooseFaults(choice: FaultChoice): Promise<void> {
  remember({ ...programme, ...choice })
  switches.show(programme)
  await applyFaults().catch(mischief.tellServerGone)
}

/** Makes the servers as faulty as the programme says that they are by now. */
async function applyFaults(): Promise<void> {
  const { faults, from } = programme
  const hasBegun = from === 'start' || isMiddleReached()
  const before = activeFaults
  activeFaults = hasBegun ? faults : []
  const isPending = faults.length > activeFaults.length
  faultsStatus.textContent = isPending ? `All is well until ${MIDDLE_S} s.` : describeFaults(faults)
  await stage.change(settingsOfFaults(activeFaults, before)).then(take)
}

function isMiddleReached(): boolean {
  return isOnScreen && (player.currentTime() ?? 0) >= MIDDLE_S
}

/** The next URL has the new life. Requests it at once, so that the change shows. */
async function chooseLife(chosenMs: number): Promise<void> {
  remember({ ...programme, lifeMs: chosenMs })
  await stage.change({ lifeMs: chosenMs }).then(take)
  await refresh()
}

function remember(chosen: Programme): void {
  programme = chosen
  find(document, '#address-note', HTMLElement).textContent = ''
  history.replaceState(null, '', toQuery(chosen))
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
  chart.draw(Date.now(), reader.mark)
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) setTimeout(draw, 1000)
  else requestAnimationFrame(draw)
}
