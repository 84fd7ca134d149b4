/// <reference types="vite/client" />
import 'video.js/dist/video-js.css'
import '../page.css'
import '../choices.css'
import '../player.css'
import '../ticket.css'
import './pay-per-view.css'
import videojs from 'video.js'
// A site writes `import 'videojs-signed-url'`.
import '../../src/index.js'
import { find } from '../dom.js'
import { ownStage } from '../own-stage.js'
import { SMALL_BUFFER } from '../small-buffer.js'
import { BoxOffice } from './box-office.js'
import { Stub } from './stub.js'

/* A customer's page. `?ticket=10` sells tickets for ten seconds. */

const TICKET_MS = 1000 * (Number(new URLSearchParams(location.search).get('ticket')) || 30)

const { stage, endpoint } = ownStage('pay-per-view')
const boxOffice = new BoxOffice(stage, TICKET_MS)
const stub = new Stub(document)
const note = find(document, '#buy-note', HTMLElement)

await boxOffice.open().catch(() => {
  note.textContent = 'The demo’s server does not answer.'
})

const player = videojs('film', {
  fluid: true,
  aspectRatio: '16:9',
  plugins: {
    // A site leaves `hls` out. With 6 s loaded ahead, the end of a ticket shows soon.
    signedUrl: { endpoint, hls: SMALL_BUFFER },
  },
})
player.src({ src: 'film', type: 'application/x-mpegURL' })

find(document, '#buy', HTMLButtonElement).addEventListener('click', async () => {
  if (boxOffice.isTicketGood) return
  await boxOffice.buy()
  await player.signedUrl().refresh()
  await player.play()
})

setInterval(() => stub.show(boxOffice.endsAt === undefined ? undefined : boxOffice.endsAt - Date.now(), TICKET_MS), 250)
document.documentElement.dataset.ready = 'true'
