import type { Browser, BrowserName, LaunchOptions } from './browser.js'
import { launchChromium } from './chromium.js'
import { findBrowsers } from './find.mjs'
import { launchFirefox } from './firefox.js'
import { launchWebKit } from './webkit.js'

export type { Browser, BrowserName, Holdings, LaunchOptions, Page } from './browser.js'

export const BROWSERS = ['chromium', 'firefox', 'webkit'] as const satisfies readonly BrowserName[]

/** Their names, as people write them. */
export const TITLES = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkit: 'WebKitGTK',
} as const satisfies Record<BrowserName, string>

/** The browsers on this machine. `BROWSERS=firefox,webkit` in the environment limits them. */
export function availableBrowsers(): BrowserName[] {
  const found = findBrowsers()
  const wanted = process.env.BROWSERS?.split(',')
  return BROWSERS.filter((name) => found[name] && (wanted?.includes(name) ?? true))
}

/** Starts a headless browser. It ends with `close()`, or with this process, however that ends. */
export async function launch(name: BrowserName, options: LaunchOptions = {}): Promise<Browser> {
  const found = findBrowsers()
  if (name === 'chromium' && found.chromium) return launchChromium(found.chromium, options)
  if (name === 'firefox' && found.firefox) return launchFirefox(found.firefox, options)
  if (name === 'webkit' && found.webkit) return launchWebKit(found.webkit)
  throw new Error(`This machine has no ${name}; \`npm test\` installs it or says how.`)
}
