// `npm test`: makes sure that the browsers and servers are there, then runs every check in order up to the first that fails.
//
//   npm test                            all of it
//   npm test -- --only unit             one step (lint, types, unit, build, package, browser), or several: --only lint,unit
//   BROWSERS=chromium npm test          browser tests in these browsers only
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findBrowsers } from './support/browsers/find.mjs'

const STEPS = {
  lint: 'lint',
  types: 'types',
  unit: 'test:unit',
  build: 'build',
  package: 'test:package',
  browser: 'test:browser',
}
const NEEDS_BROWSERS = 'browser'

/** What Debian and Ubuntu call what the browser tests need. ffmpeg makes the heavy film, and brings the H.264 and AAC decoders that Firefox loads. */
const DEBIAN = {
  chromium: ['chromium', 'ffmpeg'],
  firefox: ['firefox-esr', 'ffmpeg'],
  webkit: [
    'webkit2gtk-driver',
    'xvfb',
    'dbus',
    'gstreamer1.0-plugins-good',
    'gstreamer1.0-plugins-bad',
    'gstreamer1.0-libav',
    'fonts-dejavu-core',
  ],
}
/**
 * The servers whose configurations are tested, where Debian puts them. Beside the browsers: Apache without `apache2`, which would start a site
 * by itself; what nginx starts on port 80 is in nobody's way.
 */
const SERVERS = { nginx: '/usr/sbin/nginx', 'apache2-bin': '/usr/sbin/apache2' }
const BY_HAND = {
  chromium: 'install Chromium or Chrome, or name its binary in CHROMIUM',
  firefox: 'install Firefox, or name its binary in FIREFOX',
  webkit: 'on Linux install WebKitWebDriver with its MiniBrowser, Xvfb and dbus-run-session; elsewhere there is none',
}

const steps = chooseSteps()
if (steps.includes(NEEDS_BROWSERS)) requireBrowsers()
process.exitCode = run(steps)

function chooseSteps() {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
  const chosen = values.only?.flatMap((value) => value.split(',')) ?? Object.keys(STEPS)
  const unknown = chosen.filter((step) => !Object.hasOwn(STEPS, step))
  if (unknown.length > 0)
    fail(`There is no step "${unknown.join('", "')}": choose from ${Object.keys(STEPS).join(', ')}.`)
  return chosen
}

function requireBrowsers() {
  const packages = [
    ...missingBrowsers().flatMap((name) => DEBIAN[name]),
    ...(hasPhp() ? [] : ['php-cli']),
    ...missingServers(),
  ]
  if (packages.length > 0 && canUseApt()) installFromDebian(packages)
  const missing = missingBrowsers()
  for (const name of missing) console.log(`No ${name} on this machine, its tests are skipped: ${BY_HAND[name]}.`)
  if (!hasPhp()) console.log('No PHP on this machine, the test of its recipe is skipped: install php-cli.')
  for (const name of missingServers())
    console.log(`No ${SERVERS[name]} on this machine, the tests of its configuration are skipped: install ${name}.`)
  if (missing.includes('chromium'))
    fail('The browser tests need at least Chromium, see above. Without: npm test -- --only unit')
  const lacking = [...missing, ...missingServers()]
  if (lacking.length > 0 && process.env.CI)
    fail(`CI needs every browser and both servers, and lacks ${lacking.join(' and ')}.`)
}

function missingBrowsers() {
  const found = findBrowsers()
  const wanted = process.env.BROWSERS?.split(',') ?? Object.keys(found)
  return Object.keys(found).filter((name) => wanted.includes(name) && !found[name])
}

function missingServers() {
  return Object.keys(SERVERS).filter((name) => !existsSync(SERVERS[name]))
}

/** One of the README's recipes is in PHP. */
function hasPhp() {
  return spawnSync('php', ['--version']).status === 0
}

function canUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/** A browser that came in without its decoders plays nothing, so the whole list goes to apt-get, which skips what is there. */
function installFromDebian(packages) {
  heading(`installing ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: 'inherit', env })
}

function run(steps) {
  const done = []
  for (const step of steps) {
    heading(step)
    const started = performance.now()
    // npm is a script of its own on Windows, hence the shell; the names are ours.
    const { status } = spawnSync(`npm run --silent ${STEPS[step]}`, { stdio: 'inherit', shell: true })
    const passed = status === 0
    done.push(
      `${passed ? 'passed' : 'FAILED'}  ${step.padEnd(8)} ${((performance.now() - started) / 1000).toFixed(1)} s`,
    )
    if (!passed) break
  }
  const left = steps.slice(done.length)
  heading('summary')
  console.log([...done, ...left.map((step) => `not run ${step}`)].join('\n'))
  return done.length === steps.length && !done.at(-1)?.startsWith('FAILED') ? 0 : 1
}

function heading(text) {
  console.log(`\n=== ${text} ===`)
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
