import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { minify } from 'vite'

/** In bytes, minified and compressed with brotli (a kB is 1000 bytes). */
export const BUDGETS = {
  /** What every page loads. */
  entry: 14_000,
  /** What an HLS page loads besides hls.js and Video.js, including the entry. */
  'HLS page': 27_000,
  /** What a page with hls.js, or another player, loads instead of the plugin: `videojs-signed-url/hls`. */
  'hls.js alone': 21_000,
  /** The build for script tags, with all engines. */
  'script tag': 37_000,
  /** The service worker, for sites that serve it. */
  worker: 3_500,
} as const

/** Sizes of what a page downloads: a file of the ESM build with its static imports. */
export async function bundleSizes(dist: string): Promise<Record<keyof typeof BUDGETS, number>> {
  const read = (file: string) => readFileSync(join(dist, file), 'utf8')
  const withImports = (file: string): string[] => {
    const imported = [...read(file).matchAll(/^import[^;]*?["']\.\/([\w-]+\.js)["']/gm)].map(([, name = '']) => name)
    return [...new Set([file, ...imported.flatMap(withImports)])]
  }
  const size = async (file: string): Promise<number> => {
    const { code } = await minify(file, read(file), { module: true, compress: true, mangle: true })
    return brotliCompressSync(code).length
  }
  const sum = async (files: string[]) => (await Promise.all(files.map(size))).reduce((total, bytes) => total + bytes, 0)
  const entry = withImports('videojs-signed-url.js')
  const hlsPage = [...new Set([...entry, ...withImports('playback.js'), ...withImports('hls-js.js')])]
  return {
    entry: await sum(entry),
    'HLS page': await sum(hlsPage),
    'hls.js alone': await sum(withImports('hls.js')),
    'script tag': await size('videojs-signed-url.iife.js'),
    worker: await size('service-worker.js'),
  }
}
