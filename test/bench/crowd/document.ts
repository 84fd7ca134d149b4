import { fillPage } from '../../support/fill-page.js'
import { markdownTable } from '../../support/markdown-table.js'
import type { CrowdFigures, OutageFigures, ScenarioFigures } from './figures.js'

/* The parts of docs/crowd.md that hold figures. Each stands between `<!-- crowd:name -->` and `<!-- /crowd:name -->`. */

const number = (value: number) => value.toLocaleString('en-US')
/** Three digits are all that anyone needs. */
const rounded = (value: number) => number(Number(value.toPrecision(3)))

const NONE: ScenarioFigures = { mean: 0, busiest: 0, ratio: 0, signaturesPerSecond: 0, refusals: 0, outages: [] }

export function blocksOf(figures: CrowdFigures): Record<string, string> {
  return { answer: answer(figures), rates: rates(figures), outages: outages(figures), endpoint: endpoint(figures) }
}

function scenarioOf({ scenarios }: CrowdFigures, name: string): ScenarioFigures {
  return scenarios[name] ?? NONE
}

function answer(figures: CrowdFigures): string {
  const own = scenarioOf(figures, 'own-60')
  const long = scenarioOf(figures, 'own-300')
  const shared = scenarioOf(figures, 'shared-60')
  const every = (mean: number) => Math.round(figures.viewers / mean)
  return [
    `A million viewers whose URLs live for a minute send ${rounded(own.mean)} requests a second, which is one each ${every(own.mean)} s from every viewer, and ${rounded(own.busiest)} in the busiest second. With URLs of five minutes it is ${rounded(long.mean)}, one each ${every(long.mean)} s.`,
    '',
    `Where a token is not bound to a viewer, let viewers share one URL: with [\`cacheForMs: 60_000\`](endpoint.md#when-many-viewers-call) the endpoint signs one URL each ${Math.round(1 / shared.signaturesPerSecond)} s for all of them. It still answers ${rounded(shared.mean)} requests a second, each of which it authorizes.`,
  ].join('\n')
}

const RATES: readonly (readonly [title: string, name: string])[] = [
  ['A URL of each viewer’s own, 60 s', 'own-60'],
  ['The same, 300 s', 'own-300'],
  ['Shared, 60 s', 'shared-60'],
  ['Shared, 300 s', 'shared-300'],
  ['Own, 60 s, all start at kick-off', 'countdown-60'],
  ['Shared, 60 s, all start at kick-off', 'countdown-shared-60'],
  ['Own, 60 s, the endpoint answers with the URL alone', 'url-alone-60'],
]

function rates(figures: CrowdFigures): string {
  const rows = RATES.map(([title, name]) => {
    const { mean, busiest, ratio, signaturesPerSecond } = scenarioOf(figures, name)
    const unspread = figures.scenarios[`${name}-unspread`]
    return [
      title,
      rounded(mean),
      rounded(busiest),
      ratio.toFixed(2),
      unspread ? unspread.ratio.toFixed(2) : '',
      rounded(signaturesPerSecond),
    ]
  })
  return markdownTable([
    ['URLs', 'Requests a second', 'In the busiest', 'Ratio', 'Ratio without spreading', 'Signed a second'],
    ...rows,
  ])
}

const OUTAGES: readonly (readonly [title: string, name: string])[] = [
  ['own, 60 s', 'own-60'],
  ['shared, 60 s', 'shared-60'],
  ['own, 300 s', 'own-300'],
  ['shared, 300 s', 'shared-300'],
]

function outages(figures: CrowdFigures): string {
  const share = (count: number) => `${((100 * count) / figures.viewers).toFixed(1)} %`
  const row = (title: string, { seconds, ...outage }: OutageFigures) => [
    `${seconds} s, ${title}`,
    `${outage.requestsInFirstMinute.toFixed(1)}, at most ${outage.mostInFirstMinute}`,
    rounded(outage.busiestDuring),
    rounded(outage.busiestAfter),
    rounded(outage.busiestLater),
    `${outage.lastFreshAfterSeconds} s`,
    share(outage.stalled),
  ]
  const rows = [0, 1].flatMap((index) =>
    OUTAGES.flatMap(([title, name]) => {
      const outage = scenarioOf(figures, name).outages[index]
      return outage ? [row(title, outage)] : []
    }),
  )
  return markdownTable([
    [
      'Outage, URLs',
      'Requests of a viewer in its first minute',
      'Busiest second during it',
      'In the minute after',
      'Later',
      'All have URLs after',
      'Stalled',
    ],
    ...rows,
  ])
}

function endpoint(figures: CrowdFigures): string {
  const carried = (perCore: number, name: string) =>
    number(Number(((figures.viewers * perCore) / scenarioOf(figures, name).busiest).toPrecision(2)))
  const rows = figures.endpoint.map(({ processes, isShared, requestsPerCore }) => [
    `${processes === 1 ? 'One process' : `Cluster of ${processes}`}, ${isShared ? 'shared' : 'own'} URLs`,
    number(Number(requestsPerCore.toPrecision(2))),
    carried(requestsPerCore, isShared ? 'shared-60' : 'own-60'),
    carried(requestsPerCore, isShared ? 'shared-300' : 'own-300'),
  ])
  return markdownTable([
    [
      '`signingEndpoint` under `node:http`',
      'Requests a second and core',
      'Viewers a core, URLs of 60 s',
      'URLs of 300 s',
    ],
    ...rows,
  ])
}

/** `text` with the figures in their places. */
export function withFigures(text: string, figures: CrowdFigures): string {
  return fillPage(text, 'crowd', blocksOf(figures))
}
