import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = '/test/browser/pages/'

/**
 * Vite plugin that serves each of `names`, the script of a page under test, as one file with all its imports.
 * Loaded module by module, as with `npm start`, a page takes more time than its video, and tests open hundreds of pages.
 */
export function bundledPages(...names: string[]): Plugin {
  const bundles = new Map<string, Promise<string>>()
  const bundle = (path: string) => {
    const started = bundles.get(path) ?? makeBundle(path)
    bundles.set(path, started)
    return started
  }
  const paths = new Set(names.map((name) => `${PAGES}${name}`))
  return {
    name: 'videojs-signed-url:bundled-pages',
    configureServer({ middlewares }) {
      middlewares.use((req, res, next) => {
        if (!req.url || !paths.has(req.url)) return next()
        bundle(req.url).then((code) => res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code), next)
      })
    },
  }
}

async function makeBundle(path: string): Promise<string> {
  const built = await build({
    configFile: false,
    root: PROJECT,
    logLevel: 'error',
    // React mounts twice in strict mode only in development.
    define: { 'process.env.NODE_ENV': '"development"' },
    // One copy of Video.js, whatever file a plugin imports.
    resolve: { alias: [{ find: /^video\.js$/, replacement: `${PROJECT}node_modules/video.js/dist/video.es.js` }] },
    build: {
      write: false,
      // Each window parses the whole file, so less text costs less CPU time.
      minify: true,
      target: 'es2022',
      rolldownOptions: {
        input: `${PROJECT}${path.slice(1)}`,
        output: { codeSplitting: false },
        // `sideEffects` of package.json does not list the files of tests.
        treeshake: false,
      },
    },
  })
  const [file] = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
  if (file?.type !== 'chunk') throw new Error(`${path} was not bundled.`)
  return file.code
}
