import puppeteer, { type Browser as Puppeteer } from 'puppeteer-core'
import { NodeWebSocketTransport } from 'puppeteer-core/internal/node/NodeWebSocketTransport.js'
import { type Browser, type LaunchOptions, type Page, toExpression, VIEWPORT } from './browser.js'
import { guard } from './guard.js'

// Puppeteer runs every script as a user gesture and has no option for that. Firefox remembers the gesture for the life
// of the document, which would unlock autoplay.
const { send } = NodeWebSocketTransport.prototype
NodeWebSocketTransport.prototype.send = function (message) {
  send.call(this, message.replace('"userActivation":true', '"userActivation":false'))
}

/** Drives the stock Firefox over WebDriver BiDi, because Playwright needs its own build of Firefox. */
export async function launchFirefox(executablePath: string, options: LaunchOptions): Promise<Browser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: {
      'media.gmp-manager.updateEnabled': false,
      ...(!options.gestureRequired && { 'media.autoplay.default': 0 }),
      ...(options.workersEndAfterMs !== undefined && {
        'dom.serviceWorkers.idle_timeout': options.workersEndAfterMs,
        'dom.serviceWorkers.idle_extended_timeout': options.workersEndAfterMs,
      }),
    },
  })
  const child = browser.process()
  const end = child ? guard(child) : async () => {}
  return {
    name: 'firefox',
    newPage: () => newPage(browser),
    async close() {
      await browser.close()
      await end()
    },
  }
}

async function newPage(browser: Puppeteer): Promise<Page> {
  const context = await browser.createBrowserContext()
  // A tab would hide the previous one, which stops its frames and fires `visibilitychange`, which makes the plugin retry.
  const page = await context.newPage({ type: 'window' })
  await page.setViewport(VIEWPORT)
  const seen: string[] = []
  page.on('console', (message) => seen.push(message.text()))
  page.on('pageerror', (error) => seen.push(error instanceof Error ? String(error.stack ?? error) : String(error)))

  return {
    async goto(url) {
      await page.goto(url)
    },
    async evaluate<T, A>(script: string | ((arg: A) => T | Promise<T>), arg?: A) {
      return (await page.evaluate(toExpression(script, arg))) as T
    },
    click: (selector) => page.locator(selector).click(),
    resize: (width, height) => page.setViewport({ width, height }),
    async screenshot(path) {
      await page.screenshot({ path: path.endsWith('.png') ? (path as `${string}.png`) : `${path}.png` })
    },
    consoleText: () => [...seen],
    close: () => context.close(),
  }
}
