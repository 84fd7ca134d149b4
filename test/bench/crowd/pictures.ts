import { type Picture, toSvg } from './picture.js'
import { LONG_OUTAGE, SHORT_OUTAGE } from './world.js'

type Series = ReadonlyMap<string, Uint32Array>

const seconds = (ms: number) => ms / 1_000
const CALM = { from: 0, until: seconds(SHORT_OUTAGE.from), bands: [] }
const TROUBLED = {
  from: seconds(SHORT_OUTAGE.from) - 60,
  until: seconds(LONG_OUTAGE.until) + 600,
  bands: [
    { from: seconds(SHORT_OUTAGE.from), until: seconds(SHORT_OUTAGE.until), label: 'down for 30 s' },
    { from: seconds(LONG_OUTAGE.from), until: seconds(LONG_OUTAGE.until), label: 'down for 5 min' },
  ],
}

/** The pictures of docs/crowd.md, by file. */
export function picturesOf(series: Series): Record<string, string> {
  const line = (name: string, label: string, isFaint = false) => ({
    label,
    isFaint,
    requests: series.get(name) ?? new Uint32Array(),
  })
  const compared = (name: string) => [
    line(`${name}-unspread`, 'without its random waits', true),
    line(name, 'the plugin'),
  ]
  const pictures: Record<string, Picture> = {
    'crowd-own.svg': {
      title: 'Requests a second: a URL of each viewer’s own, 60 s',
      lines: compared('own-60'),
      ...CALM,
    },
    'crowd-shared.svg': { title: 'Requests a second: shared URLs, 60 s', lines: compared('shared-60'), ...CALM },
    'crowd-countdown.svg': {
      title: 'Requests a second: most viewers start in the same ten seconds',
      lines: compared('countdown-60'),
      ...CALM,
    },
    'crowd-outages.svg': {
      title: 'Requests a second: the endpoint goes away and comes back',
      lines: [line('own-300', 'URLs of 300 s', true), line('own-60', 'URLs of 60 s')],
      ...TROUBLED,
    },
  }
  return Object.fromEntries(Object.entries(pictures).map(([file, picture]) => [file, toSvg(picture)]))
}
