// `npm run bench`. Vite runs the TypeScript, without a test runner: this measures and writes a document.
import { runnerImport } from 'vite'

const { module } = await runnerImport(new URL('main.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
})
await module.main(process.argv.slice(2))
