// What the browser tests require. Plain JavaScript, because it runs before anything that could compile it is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findBrowsers } from './browsers/find.mjs'

const works = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
const isLinux = process.platform === 'linux'

/**
 * What must be installed, its packages on Debian and Ubuntu, and what to do elsewhere. Apache comes without `apache2`, which would start a site.
 * ffmpeg generates the heavy media, and provides the H.264 and AAC decoders that Firefox loads. `onlyOn`: exists on this platform only, so its tests
 * are skipped elsewhere.
 */
const REQUIREMENTS = {
  Chromium: {
    isInstalled: () => findBrowsers().chromium !== undefined,
    browser: 'chromium',
    debian: ['chromium'],
    byHand: 'install Chromium or Chrome, or name its binary in CHROMIUM',
  },
  Firefox: {
    isInstalled: () => findBrowsers().firefox !== undefined,
    browser: 'firefox',
    debian: ['firefox-esr'],
    byHand: 'install Firefox, or name its binary in FIREFOX',
  },
  WebKitGTK: {
    isInstalled: () => findBrowsers().webkit !== undefined,
    browser: 'webkit',
    onlyOn: 'linux',
    debian: [
      'webkit2gtk-driver',
      'xvfb',
      'dbus',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-bad',
      'gstreamer1.0-libav',
      'fonts-dejavu-core',
    ],
    byHand: 'install WebKitWebDriver with its MiniBrowser, Xvfb and dbus-run-session',
  },
  ffmpeg: {
    isInstalled: () => works('ffmpeg', '-version'),
    debian: ['ffmpeg'],
    byHand: 'install ffmpeg with libx264: it generates the media that are too large for the repository',
  },
  PHP: {
    isInstalled: () => works('php', '--version'),
    debian: ['php-cli'],
    byHand: 'install PHP: one endpoint is written in it',
  },
  Python: {
    isInstalled: () => works('python3', '--version'),
    debian: ['python3-minimal', 'libpython3-stdlib'],
    byHand: 'install Python 3: one endpoint is written in it',
  },
  nginx: {
    isInstalled: () => existsSync('/usr/sbin/nginx'),
    onlyOn: 'linux',
    debian: ['nginx'],
    byHand: 'install nginx as /usr/sbin/nginx: its configuration is tested',
  },
  Apache: {
    isInstalled: () => existsSync('/usr/sbin/apache2'),
    onlyOn: 'linux',
    debian: ['apache2-bin'],
    byHand: 'install Apache as /usr/sbin/apache2: its configuration is tested',
  },
}

/** Installs what is missing if it can (as root on Debian). Ends the process with one sentence for each program that is still missing. */
export function requireBrowsers() {
  if (missing().length > 0 && isLinux && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    // A browser without its decoders plays nothing, so apt-get gets the whole list and skips what is installed.
    installFromDebian(wanted().flatMap(({ debian }) => debian))
  }
  const lacking = missing()
  for (const { name, byHand } of lacking) console.error(`${name} is missing: ${byHand}.`)
  if (lacking.length === 0) return
  console.error(
    'Without them: npm test -- --only lint,types,unit,demo,build,package; or in some browsers: BROWSERS=chromium npm test',
  )
  process.exit(1)
}

/** Returns why the tests of a browser are skipped on this machine, or undefined when they run. */
export function whyNotRun(browser) {
  const [name, requirement] = Object.entries(REQUIREMENTS).find(([, { browser: own }]) => own === browser) ?? []
  if (!isChosen(browser)) return `${name} is not listed in BROWSERS.`
  if (requirement?.isInstalled()) return undefined
  return isForHere(requirement ?? {}) ? `${name} is missing.` : `${name} exists on Linux only.`
}

function wanted() {
  const all = Object.entries(REQUIREMENTS).map(([name, requirement]) => ({ name, ...requirement }))
  return all.filter((requirement) => isForHere(requirement) && (!requirement.browser || isChosen(requirement.browser)))
}

function missing() {
  return wanted().filter(({ isInstalled }) => !isInstalled())
}

function isForHere({ onlyOn }) {
  return onlyOn === undefined || onlyOn === process.platform
}

function isChosen(browser) {
  return process.env.BROWSERS?.split(',').includes(browser) ?? true
}

function installFromDebian(packages) {
  console.log(`\n=== installing ${packages.join(' ')} ===`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: 'inherit', env })
}
