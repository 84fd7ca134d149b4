import { chromium, type Browser as Playwright } from 'playwright-core'
import { type Browser, type LaunchOptions, type Page, toExpression, VIEWPORT } from './browser.js'

/** The features that Playwright disables and that matter here, and those that a full browser window runs needlessly. Chromium uses only the last such list. */
const DISABLED_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
].join()

/** Chromium is connected to this process by a pipe and ends with it, so it needs no guard. */
export async function launchChromium(executablePath: string, options: LaunchOptions): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    ...(options.keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Each window would load two pages for the address bar, which no test uses and which cost as much as a player.
      `--disable-features=${DISABLED_FEATURES}`,
      ...(options.gestureRequired ? [] : ['--autoplay-policy=no-user-gesture-required']),
    ],
  })
  return { name: 'chromium', newPage: () => newPage(browser), close: () => browser.close() }
}

async function newPage(browser: Playwright): Promise<Page> {
  const context = await browser.newContext({ viewport: VIEWPORT })
  const page = await context.newPage()
  // Playwright's own evaluate() counts as a user gesture, which would unlock autoplay.
  const devtools = await context.newCDPSession(page)
  const seen: string[] = []
  page.on('console', (message) => seen.push(message.text()))
  page.on('pageerror', (error) => seen.push(String(error.stack ?? error)))

  return {
    async goto(url) {
      await page.goto(url)
    },
    async evaluate(script, arg) {
      const { result, exceptionDetails } = await devtools.send('Runtime.evaluate', {
        expression: toExpression(script, arg),
        awaitPromise: true,
        returnByValue: true,
        userGesture: false,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return result.value
    },
    click: (selector) => page.click(selector),
    press: (key) => page.keyboard.press(key),
    async endWorkers() {
      await devtools.send('ServiceWorker.enable')
      await devtools.send('ServiceWorker.stopAllWorkers')
    },
    async hardReload() {
      // What is evaluated while a page is replaced fails, so this waits for the new one.
      const loaded = page.waitForEvent('load')
      await devtools.send('Page.reload', { ignoreCache: true })
      await loaded
    },
    async holdings() {
      // Objects that were just released take more than one collection, because finalizers run in between.
      for (let round = 0; round < 3; round += 1) await devtools.send('HeapProfiler.collectGarbage')
      await devtools.send('Performance.enable')
      const { metrics } = await devtools.send('Performance.getMetrics')
      const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
      return {
        heapBytes: metric('JSHeapUsedSize'),
        listeners: metric('JSEventListeners'),
        nodes: metric('Nodes'),
      }
    },
    async freeze(isFrozen) {
      await devtools.send('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' })
    },
    setOffline: (isOffline) => context.setOffline(isOffline),
    resize: (width, height) => page.setViewportSize({ width, height }),
    async screenshot(path) {
      await page.screenshot({ path })
    },
    consoleText: () => [...seen],
    close: () => context.close(),
  }
}
