import type { Page } from './browsers/index.js'
import { openPage, until } from './site.js'

/** Where the site of the tests serves the worker file. */
export const WORKER = '/signed-url-worker.js'

/** Opens the page as a returning visitor: the first visit installs the worker, which serves the second. */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate(`void navigator.serviceWorker.register('${WORKER}')`)
  // WebKitGTK's driver can't await anything that a service worker does.
  const isActive = `navigator.serviceWorker.getRegistration().then((one) => one?.active?.state === 'activated')`
  await until(() => page.evaluate<boolean>(isActive), 'the worker')
  await openPage(page)
}
