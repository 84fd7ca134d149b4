import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = '/test/browser/pages/'

/**
 * Vite plugin: each of `names`, a script of a page under test, is served as one file with all that it imports.
 * Asked for piece by piece, as `npm start` does it, a page costs more time than the film in it, and tests open hundreds.
 */
export function bundledPages(...names: string[]): Plugin {
  const bundles = new Map<string, Promise<string>>()
  const bundle = (path: string) => {
    const made = bundles.get(path) ?? makeBundle(path)
    bundles.set(path, made)
    return made
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
    // React mounts twice in strict mode only while a site is being developed.
    define: { 'process.env.NODE_ENV': '"development"' },
    // One copy, whatever a plugin of another age asks for.
    resolve: { alias: [{ find: /^video\.js$/, replacement: `${PROJECT}node_modules/video.js/dist/video.es.js` }] },
    build: {
      write: false,
      // A window parses the whole of it: less text, less work for the processor.
      minify: true,
      target: 'es2022',
      rolldownOptions: {
        input: `${PROJECT}${path.slice(1)}`,
        output: { codeSplitting: false },
        // The package's list of files that do something by being imported knows nothing of tests.
        treeshake: false,
      },
    },
  })
  const [file] = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
  if (file?.type !== 'chunk') throw new Error(`${path} was not bundled.`)
  return file.code
}
