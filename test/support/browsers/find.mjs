import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Finds the browsers that the tests drive; a missing one is undefined.
 * `CHROMIUM`, `FIREFOX` and `MINIBROWSER` in the environment select other binaries.
 * Plain JavaScript, because `test/run.mjs` calls it before anything that could compile it is installed.
 */
export function findBrowsers() {
  const { env } = process
  const programs = env.PROGRAMFILES ?? 'C:\\Program Files'
  const webkitDriver = onPath('WebKitWebDriver')
  const miniBrowser = firstExecutable([env.MINIBROWSER, ...miniBrowsers()])
  const xvfb = onPath('Xvfb')
  const dbusRunSession = onPath('dbus-run-session')
  return {
    chromium: firstExecutable([
      env.CHROMIUM,
      onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'),
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      join(programs, 'Google', 'Chrome', 'Application', 'chrome.exe'),
    ]),
    firefox: firstExecutable([
      env.FIREFOX,
      onPath('firefox-esr', 'firefox'),
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      join(programs, 'Mozilla Firefox', 'firefox.exe'),
    ]),
    webkit:
      webkitDriver && miniBrowser && xvfb && dbusRunSession
        ? { webkitDriver, miniBrowser, xvfb, dbusRunSession }
        : undefined,
  }
}

/** MiniBrowser is in a folder named after the machine and the API version of WebKitGTK. The newest API comes last. */
function miniBrowsers() {
  const roots = ['/usr/lib', '/usr/libexec', '/usr/lib64', ...list('/usr/lib').filter((path) => path.includes('linux'))]
  return roots.flatMap(list).flatMap((path) => (path.includes('webkit2gtk-4') ? [join(path, 'MiniBrowser')] : []))
}

/** @param {string} folder */
function list(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** @param {string[]} names */
function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return firstExecutable(names.flatMap((name) => folders.map((folder) => join(folder, name))))
}

/** @param {(string | undefined)[]} paths */
function firstExecutable(paths) {
  return paths.find((path) => {
    try {
      if (!path) return false
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
