import { describeMark, type Mark } from './chart-marks.js'
import { find } from './dom.js'
import type { StripChart } from './strip-chart.js'

const STEPS = { '#mark-before': -1, '#mark-after': 1 }

/** Says what a mark of the chart is, to who points at it or steps through them by two buttons. */
export class ChartReader {
  readonly #text: HTMLElement
  readonly #chart: () => Pick<StripChart, 'marks' | 'markAt'>
  /** The mark that is read. */
  mark: Mark | undefined

  /** `chart`: the present one, because each showing has its own. */
  constructor(page: ParentNode, chart: () => Pick<StripChart, 'marks' | 'markAt'>) {
    this.#text = find(page, '#mark', HTMLElement)
    this.#chart = chart
    find(page, '#strip', HTMLElement).addEventListener('pointermove', ({ offsetX, offsetY }) => {
      const mark = this.#chart().markAt(offsetX, offsetY)
      if (mark && mark.text !== this.mark?.text) this.#read(mark)
    })
    for (const [selector, step] of Object.entries(STEPS))
      find(page, selector, HTMLButtonElement).addEventListener('click', () => this.#step(step))
  }

  /** Steps from the mark that is read, or from the newest. */
  #step(step: number): void {
    const marks = this.#chart().marks(Date.now())
    const at = marks.findIndex((mark) => mark.at === this.mark?.at && mark.lane === this.mark.lane)
    const next = at < 0 ? marks.filter((mark) => mark.at <= Date.now()).at(-1) : marks[at + step]
    if (next) this.#read(next)
    else this.#text.textContent = marks.length === 0 ? 'There is no mark yet.' : 'There is no other mark.'
  }

  #read(mark: Mark): void {
    this.mark = mark
    this.#text.textContent = describeMark(mark, Date.now())
  }
}
