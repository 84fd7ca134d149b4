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
    /** Why a row is not run on this machine. */
    notRun?: string
  }
}

/** Marks a row that `npm run test:full` runs and `npm test` leaves out: it proves a promise once more, in other circumstances. */
export const FULL = { tags: ['full'] }

/** What a row gets that plays in a browser. All windows are closed when it ends, however it ends. */
export interface InBrowser {
  /** Opens a window of a fresh visitor, with the page under test in it unless `path` names another one or is null. */
  openWindow(path?: string | null): Promise<Page>
  /** Plays one video: a stage with these settings, a window, a player. */
  play(settings?: Partial<StageSettings>, options?: VideoOptions): Promise<Video>
}

/**
 * Vitest's `it` for rows that play in this browser, side by side: `maxConcurrency` of a file at a time, as long as the machine has room.
 * All rows with the same options share one browser, which ends with the process. Where there is none, rows are skipped, and say why.
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
      if (task.result?.state === 'fail') await keepWhatWasSeen(task.name, pages)
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

/** For who looks into a red row: what the players of its windows went through. */
async function keepWhatWasSeen(row: string, pages: readonly Page[]): Promise<void> {
  const seen = await Promise.all(
    pages.map(async (page) => ({
      lab: await page.evaluate('window.lab?.seeAll()').catch(String),
      console: page.consoleText(),
    })),
  )
  await mkdir('test-results', { recursive: true })
  const file = `test-results/${row.replace(/\W+/g, '-').slice(0, 120)}-${Date.now()}.json`
  await writeFile(file, JSON.stringify(seen, null, 1))
}
