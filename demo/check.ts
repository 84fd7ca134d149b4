// A site writes `from 'videojs-signed-url/check'`.
import { type CheckOptions, type CheckReport, checkSignedUrl } from '../src/check/index.js'
import { find } from './dom.js'

/** What is checked. */
export interface Checked {
  readonly endpoint: string
  /** What is playing. */
  resource(): string
  /** A URL that the endpoint has just signed. */
  sign(): Promise<string>
}

/** The longest wait for a URL's expiry, ms: those of a minute and more are not waited for. */
const WAIT_MS = 35_000

/** The button that looks at the CDN and the endpoint as `npx videojs-signed-url check` does, and what it has found. */
export class Check {
  readonly #status: HTMLElement
  readonly #list: HTMLElement
  readonly #checked: Checked
  readonly #check: (options: CheckOptions) => Promise<CheckReport>

  constructor(page: ParentNode, checked: Checked, check = checkSignedUrl) {
    this.#status = find(page, '#check-status', HTMLElement)
    this.#list = find(page, '#check-report', HTMLElement)
    this.#checked = checked
    this.#check = check
    const button = find(page, '#check', HTMLButtonElement)
    button.addEventListener('click', async () => {
      button.disabled = true
      await this.#run().catch((error: unknown) => this.#tell(error instanceof Error ? error.message : String(error)))
      button.disabled = false
    })
  }

  async #run(): Promise<void> {
    const { endpoint, resource, sign } = this.#checked
    this.#list.replaceChildren()
    this.#tell('Looking …')
    const report = await this.#check({
      url: await sign(),
      endpoint,
      resource: resource(),
      waitMs: WAIT_MS,
      onWait: (ms) => this.#tell(`Waiting ${Math.ceil(ms / 1000)} s for the URL to expire …`),
    })
    const { findings, seen, notChecked } = report
    this.#list.replaceChildren(
      ...findings.map(({ problem, fix }) => item('found', problem, fix)),
      ...seen.map((sentence) => item('seen', sentence)),
      ...notChecked.map(({ topic, reason }) => item('unchecked', `Not checked: ${topic}.`, reason)),
    )
    this.#tell(findings.length === 0 ? 'Nothing is wrong.' : `${count(findings.length, 'fault')} found.`)
  }

  #tell(text: string): void {
    this.#status.textContent = text
  }
}

function item(kind: string, ...sentences: string[]): HTMLElement {
  const line = document.createElement('li')
  line.className = kind
  line.textContent = sentences.join(' ')
  return line
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
