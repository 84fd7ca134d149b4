import { test } from 'vitest'
import { launch } from './support/browsers/index.js'
import { execSync } from 'node:child_process'
const ps = () => execSync('ps -eo pid,ppid,stat,args | grep -Ei "xvfb|webkit|dbus|chromium|firefox|minibrowser" | grep -v grep | cut -c1-110 | wc -l').toString().trim()
test('webkit 4 pages', async () => {
  let t = Date.now(); const lap = (s: string) => { console.log(s, Date.now() - t); t = Date.now() }
  const b = await launch('webkit'); lap('launch')
  const pages = await Promise.all([1,2,3].map(() => b.newPage())); lap('3 pages')
  await Promise.all(pages.map((p) => p.goto('http://127.0.0.1:18099/page'))); lap('goto')
  const r = await Promise.all(pages.map((p) => p.evaluate((u: string) => new Promise((resolve) => { const H = (window as never as { Hls: { new(): { loadSource(u: string): void; attachMedia(v: Element): void } } }).Hls; const v = document.querySelector('video')!; const h = new H(); h.loadSource(u); h.attachMedia(v); v.play(); setTimeout(() => resolve([v.currentTime, document.visibilityState]), 8000) }), '/demo/media/film/360p/playlist.m3u8'))); lap('play ' + JSON.stringify(r))
  await pages[0]!.close(); lap('close 1')
  await b.close(); lap('close'); console.log('left', ps())
}, 60000)
test('gesture', async () => {
  for (const name of ['chromium', 'firefox', 'webkit'] as const) {
    for (const gestureRequired of [true, false]) {
    const b = await launch(name, { gestureRequired }); const p = await b.newPage(); await p.goto('http://127.0.0.1:18099/page')
    const play = () => p.evaluate(() => { const v = document.querySelector('video')!; v.src = '/tmpfilm'; v.muted = false; v.src = '/demo/film.mp4'; return Promise.race([v.play().then(() => 'plays ' + v.muted, (e) => e.name), new Promise((r) => setTimeout(() => r('waits'), 6000))]) })
    console.log(name, gestureRequired, await play()); await p.click('#b'); console.log('after click', await play()); await b.close(); console.log('left', ps()) }
  }
}, 120000)
test('killed', async () => {
  const bs = await Promise.all((['chromium', 'firefox', 'webkit'] as const).map((n) => launch(n))); await Promise.all(bs.map((b) => b.newPage())); console.log('running', ps())
  process.kill(process.pid, 'SIGKILL')
}, 60000)
