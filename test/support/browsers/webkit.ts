import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type Browser, type Page, toExpression, VIEWPORT } from './browser.js'
import type { WebKitParts } from './find.mjs'
import { guard } from './guard.js'

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf' // WebDriver's name for an element's id

/**
 * WebKitGTK's MiniBrowser, the nearest thing to Safari on Linux, on its own X display.
 * A WebKitWebDriver supports one session, so each page gets its own driver and browser process.
 * Only muted videos start without a click.
 */
export async function launchWebKit(parts: WebKitParts): Promise<Browser> {
  const screen = await startScreen(parts.xvfb)
  const pages = new Set<Page>()
  return {
    name: 'webkit',
    async newPage() {
      const page = await newPage(parts, screen.display, () => pages.delete(page))
      pages.add(page)
      return page
    },
    async close() {
      await Promise.all([...pages].map((page) => page.close()))
      await screen.end()
    },
  }
}

async function startScreen(xvfb: string) {
  // The X server picks a free display and writes its number to descriptor 3.
  const child = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const end = guard(child)
  const display = await new Promise<string>((resolve, reject) => {
    child.stdio[3]?.once('data', (data: Buffer) => resolve(`:${data.toString().trim()}`))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`Xvfb ended with code ${code}`)))
  })
  return { display, end }
}

async function newPage(parts: WebKitParts, display: string, onClose: () => void): Promise<Page> {
  const port = await freePort()
  const child = spawn(parts.dbusRunSession, ['--', parts.webkitDriver, `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // the sandbox doesn't work as root, and the pages are ours
    },
  })
  const end = guard(child)
  try {
    const session = await startSession(`http://127.0.0.1:${port}`, parts.miniBrowser)
    await session('POST', '/window/rect', VIEWPORT)
    return sessionPage(session, async () => {
      onClose()
      await session('DELETE', '').catch(() => {}) // the driver may have ended with its browser
      await end()
    })
  } catch (cause) {
    await end()
    throw cause
  }
}

type Session = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>

async function startSession(driver: string, binary: string): Promise<Session> {
  const browserOptions = { binary, args: ['--automation'] }
  const created = await whenListening(() =>
    send('POST', `${driver}/session`, {
      capabilities: { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': browserOptions } },
    }),
  )
  const { sessionId } = created as { sessionId: string }
  const session: Session = (method, path, body) => send(method, `${driver}/session/${sessionId}${path}`, body)
  await session('POST', '/timeouts', { script: 600_000, pageLoad: 60_000, implicit: 10_000 })
  return session
}

function sessionPage(session: Session, close: () => Promise<void>): Page {
  return {
    async goto(url) {
      await session('POST', '/url', { url })
    },
    async evaluate<T, A>(script: string | ((arg: A) => T | Promise<T>), arg?: A) {
      const text = `const done = arguments[0];
        (async () => (${toExpression(script, arg)}))().then(
          (value) => done({ value }),
          (error) => done({ error: error instanceof Error ? error + '\\n' + error.stack : String(error) }))`
      const answer = (await session('POST', '/execute/async', { script: text, args: [] })) as {
        value: T
        error?: string
      }
      if (answer.error !== undefined) throw new Error(answer.error)
      return answer.value
    },
    async click(selector) {
      const element = (await session('POST', '/element', { using: 'css selector', value: selector })) as {
        [ELEMENT]: string
      }
      await session('POST', `/element/${element[ELEMENT]}/click`, {})
    },
    async resize(width, height) {
      await session('POST', '/window/rect', { width, height })
    },
    async screenshot(path) {
      await writeFile(path, String(await session('GET', '/screenshot')), 'base64')
    },
    consoleText: () => [],
    close,
  }
}

async function send(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`WebKitWebDriver: ${error}: ${message}`)
}

/** Repeats `request` until the server listens. Rethrows other errors. */
async function whenListening<T>(request: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof TypeError) || tries === 100) throw error
      await wait(100)
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')),
      )
    })
  })
}
