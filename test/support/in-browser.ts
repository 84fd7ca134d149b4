import { mkdir, writeFile } from 'node:fs/promises'
import { type TestAPI, test } from 'vitest'
import type { StageSettings } from '../../demo/server/stage-settings.js'
import { type Browser, type BrowserName, type LaunchOptions, launch, type Page } from './browsers/index.js'
import { roomForAWindow } from './machine.js'
import { whyNotRun } from './requirements.mjs'
import { openPage } from './site.js'
import { openVideo, type Video, type VideoOptions } from './video.js'

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test is skipped on this machine. */
    notRun?: string
  }
}

/** Marks a test that only `npm run test:full` runs, because it checks a guarantee once more, under other conditions. */
export const FULL = { tags: ['full'] }

/** The fixtures of a test that plays in a browser. All windows close when it ends, however it ends. */
export interface InBrowser {
  /** Opens a window of a new visitor with the page under test, or with the page at `path`, or without a page when `path` is null. */
  openWindow(path?: string | null): Promise<Page>
  /** Plays one video: opens a stage with these settings, a window and a player. */
  play(settings?: Partial<StageSettings>, options?: VideoOptions): Promise<Video>
}

/**
 * Vitest's `it` for tests that play in this browser concurrently: `maxConcurrency` of a file at a time, as long as the machine has room.
 * All tests with the same options share one browser, which ends with the process. Without the browser they are skipped and say why.
 */
export function inBrowser(name: BrowserName, options: LaunchOptions = {}): TestAPI<InBrowser>['concurrent'] {
  const extended = test.extend<InBrowser>({
    openWindow: async ({ task, skip }, use) => {
      const why = whyNotRun(name)
      if (why) {
        task.meta.notRun = why
        skip(why)
      }
      const pages: Page[] = []
      await use(async (path) => {
        const browser = await sharedBrowser(name, options)
        await roomForAWindow()
        const page = await browser.newPage()
        pages.push(page)
        if (path !== null) await openPage(page, path)
        return page
      })
      if (task.result?.state === 'fail') await saveSightings(task.name, pages)
      await Promise.all(pages.map((page) => page.close()))
    },
    play: async ({ openWindow }, use) => {
      await use((settings = {}, how = {}) => openVideo(openWindow, settings, how))
    },
  })
  return extended.concurrent
}

const browsers = new Map<string, Promise<Browser>>()

function sharedBrowser(name: BrowserName, options: LaunchOptions): Promise<Browser> {
  const key = JSON.stringify([name, options])
  const running = browsers.get(key) ?? launch(name, options)
  browsers.set(key, running)
  return running
}

/** Saves what the players of a failed test went through, for debugging. */
async function saveSightings(testName: string, pages: readonly Page[]): Promise<void> {
  const seen = await Promise.all(
    pages.map(async (page) => ({
      lab: await page.evaluate('window.lab?.seeAll()').catch(String),
      console: page.consoleText(),
    })),
  )
  await mkdir('test-results', { recursive: true })
  const file = `test-results/${testName.replace(/\W+/g, '-').slice(0, 120)}-${Date.now()}.json`
  await writeFile(file, JSON.stringify(seen, null, 1))
}
