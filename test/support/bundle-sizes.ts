import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { minify } from 'vite'

/** Bytes, minified and compressed with brotli (DESIGN's numbers: a kB is 1000 bytes). */
export const BUDGETS = {
  /** What every page loads, hls.js and its adapter not among it. */
  entry: 9_000,
  /** What an HLS source adds besides hls.js. */
  adapter: 6_000,
} as const

/** Sizes of what a page downloads: each file of the ESM build with what it imports statically. */
export async function bundleSizes(dist: string): Promise<Record<keyof typeof BUDGETS, number>> {
  const size = async (file: string): Promise<number> => {
    const { code } = await minify(file, readFileSync(join(dist, file), 'utf8'), {
      module: true,
      compress: true,
      mangle: true,
    })
    return brotliCompressSync(code).length
  }
  const files = readdirSync(dist).filter((file) => file.endsWith('.js') && !/signers|iife|service-worker/.test(file))
  const adapter = 'hls-js.js'
  const sizes = await Promise.all(files.filter((file) => file !== adapter).map(size))
  return { entry: sizes.reduce((sum, bytes) => sum + bytes, 0), adapter: await size(adapter) }
}
