// What the browser rows need of a machine. Plain JavaScript, because it runs before anything is installed that could compile it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findBrowsers } from './browsers/find.mjs'

const works = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
const isLinux = process.platform === 'linux'

/**
 * What has to be there, what Debian and Ubuntu call it, and what to do elsewhere. Apache comes without `apache2`, which would start a site by
 * itself. ffmpeg makes the heavy media, and brings the H.264 and AAC decoders that Firefox loads. `onlyOn`: there is none for other systems, so its
 * rows are not run there.
 */
const REQUIREMENTS = {
  Chromium: {
    isThere: () => findBrowsers().chromium !== undefined,
    browser: 'chromium',
    debian: ['chromium'],
    byHand: 'install Chromium or Chrome, or name its binary in CHROMIUM',
  },
  Firefox: {
    isThere: () => findBrowsers().firefox !== undefined,
    browser: 'firefox',
    debian: ['firefox-esr'],
    byHand: 'install Firefox, or name its binary in FIREFOX',
  },
  WebKitGTK: {
    isThere: () => findBrowsers().webkit !== undefined,
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
    isThere: () => works('ffmpeg', '-version'),
    debian: ['ffmpeg'],
    byHand: 'install ffmpeg with libx264: it makes the media that are too heavy for the repository',
  },
  PHP: { isThere: () => works('php', '--version'), debian: ['php-cli'], byHand: 'install PHP: one endpoint is in it' },
  nginx: {
    isThere: () => existsSync('/usr/sbin/nginx'),
    onlyOn: 'linux',
    debian: ['nginx'],
    byHand: 'install nginx as /usr/sbin/nginx: its configuration is tested',
  },
  Apache: {
    isThere: () => existsSync('/usr/sbin/apache2'),
    onlyOn: 'linux',
    debian: ['apache2-bin'],
    byHand: 'install Apache as /usr/sbin/apache2: its configuration is tested',
  },
}

/** Installs what is missing where it can (as root on Debian); ends the process with a sentence for each thing that is still missing. */
export function requireBrowsers() {
  if (missing().length > 0 && isLinux && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    // A browser that came in without its decoders plays nothing, so the whole list goes to apt-get, which skips what is there.
    installFromDebian(wanted().flatMap(({ debian }) => debian))
  }
  const lacking = missing()
  for (const { name, byHand } of lacking) console.error(`${name} is missing: ${byHand}.`)
  if (lacking.length === 0) return
  console.error(
    'Without them: npm test -- --only lint,types,unit,build,package; or in some browsers: BROWSERS=chromium npm test',
  )
  process.exit(1)
}

/** Why the rows of a browser are not run on this machine; undefined where they are. */
export function whyNotRun(browser) {
  const [name, requirement] = Object.entries(REQUIREMENTS).find(([, { browser: own }]) => own === browser) ?? []
  if (!isChosen(browser)) return `${name} is not among those that BROWSERS names.`
  if (requirement?.isThere()) return undefined
  return isForHere(requirement ?? {}) ? `${name} is missing.` : `${name} exists on Linux only.`
}

function wanted() {
  const all = Object.entries(REQUIREMENTS).map(([name, requirement]) => ({ name, ...requirement }))
  return all.filter((requirement) => isForHere(requirement) && (!requirement.browser || isChosen(requirement.browser)))
}

function missing() {
  return wanted().filter(({ isThere }) => !isThere())
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
