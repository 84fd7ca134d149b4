// `npm run bench:crowd`. Bundles the simulation first: worker threads and cluster take JavaScript only.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const outDir = mkdtempSync(join(tmpdir(), 'signed-url-crowd-'))
const input = Object.fromEntries(
  ['main', 'scenario-worker', 'endpoint-load/server'].map((file) => [
    file.replace('endpoint-load/', ''),
    `test/bench/crowd/${file}.ts`,
  ]),
)
try {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: true, outDir, emptyOutDir: true, target: 'node20', rolldownOptions: { input } },
  })
  writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }')
  const { status } = spawnSync(process.execPath, [join(outDir, 'main.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(outDir, { recursive: true })
}
