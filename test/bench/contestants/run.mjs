// `npm run bench`. Vite runs the TypeScript, without a test runner: this measures and writes a document.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('main.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
})
await module.main(process.argv.slice(2))
