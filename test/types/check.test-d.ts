import { type CheckReport, CouldNotCheckError, checkSignedUrl } from 'videojs-signed-url/check'
import type { Equal, Expect } from './equal.js'

/* The checks of the command, as a function. */

const report = checkSignedUrl({ url: 'https://cdn.example/film.m3u8', origin: 'https://club.example' })
export type Report = Expect<Equal<typeof report, Promise<CheckReport>>>
export const isOurs = (error: unknown): boolean => error instanceof CouldNotCheckError
// @ts-expect-error no URL
export const wrong = checkSignedUrl({ origin: 'https://club.example' })
