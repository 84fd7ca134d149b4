import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { boxes } from './renditions.js'

/* Files too large for the repository. ffmpeg makes them in a few seconds when tests first need them, and they are cached after that. */

const LENGTH_S = 90
const FPS = 24

/** Draws the frame's number as twelve squares below the picture, with the lowest bit on the left and white for 1. The squares are 40 pixels wide, 48 apart. */
const NUMBER = Array.from(
  { length: 12 },
  (_, bit) => `drawbox=x=${40 + 48 * bit}:y=280:w=40:h=40:t=fill:color=white:enable='mod(floor(n/${2 ** bit}),2)'`,
)

/** A test card with a clock, and a tone that beeps every second. Filler keeps the bitrate at 100 kB/s throughout. */
const HEAVY_FILM = [
  ['-f', 'lavfi', '-i'],
  [`testsrc2=s=640x360:r=${FPS},format=yuv420p`, 'drawbox=x=32:y=272:w=584:h=56:t=fill:color=black', ...NUMBER].join(),
  ['-f', 'lavfi', '-i', 'sine=frequency=220:beep_factor=4:sample_rate=44100', '-t', `${LENGTH_S}`],
  ['-c:v', 'libx264', '-profile:v', 'main', '-preset', 'ultrafast', '-coder', '1', '-g', `${2 * FPS}`],
  ['-b:v', '736k', '-minrate', '736k', '-maxrate', '736k', '-bufsize', '736k', '-x264-params', 'nal-hrd=cbr:qpmin=28'],
  ['-c:a', 'aac', '-aac_coder', 'fast', '-b:a', '64k', '-ac', '2', '-movflags', '+faststart'],
].flat()

/** `-stream_loop` leaves a gap of 40 ms in the audio of `film.mp4` at each loop. Silence fills it. */
export const STEADY_SOUND = ['-af', 'aresample=async=1:first_pts=0', '-c:a', 'aac', '-b:a', '48k']

const MEDIA = fileURLToPath(new URL('../media', import.meta.url))

/** The slug of the film that `low-latency.ts` serves. */
export const LOW_LATENCY = 'low-latency'

/** The demo's film four times over, for low-latency HLS: segments of 2 s in fragments of half a second. */
const LOW_LATENCY_FILM = [
  [
    '-stream_loop',
    '3',
    '-i',
    join(MEDIA, 'film/film.mp4'),
    '-map',
    '0:v',
    '-map',
    '0:a',
    '-c:v',
    'copy',
    ...STEADY_SOUND,
  ],
  ['-f', 'dash', '-seg_duration', '2', '-frag_type', 'duration', '-frag_duration', '0.5', '-use_timeline', '0'],
  ['-adaptation_sets', 'id=0,streams=v id=1,streams=a', '-init_seg_name', '$RepresentationID$/init.mp4'],
  ['-media_seg_name', '$RepresentationID$/$Number%05d$.m4s'],
].flat()
/** The names of the folders that ffmpeg numbers. */
const LOW_LATENCY_FOLDERS = ['video', 'sound']

const LOW_LATENCY_MASTER = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="sound/low-latency.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=240000,CODECS="avc1.4D401E,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=24.000,AUDIO="sound"
video/low-latency.m3u8
`

/** Twenty seconds of the demo's film as DASH with one file per rendition, whose segments a `sidx` box lists. */
const INDEXED_FILM = [
  ['-t', '20', '-i', join(MEDIA, 'film/film.mp4'), '-c', 'copy'],
  ['-f', 'dash', '-single_file', '1', '-global_sidx', '1', '-seg_duration', '2'],
].flat()

/** The demo's film looped for three minutes, as HLS with 90 segments. */
const LONG_FILM = [
  ['-stream_loop', '3', '-i', join(MEDIA, 'film/film.mp4'), '-t', '180', '-map', '0:v', '-map', '0:a', '-c:v', 'copy'],
  STEADY_SOUND,
  ['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_segment_filename', '%03d.ts'],
].flat()

/** A minute and a half of beeps, 8 kB/s, as podcasts are published. */
const TALK = [
  '-f',
  'lavfi',
  '-i',
  'sine=frequency=220:beep_factor=4:sample_rate=44100',
  '-t',
  `${LENGTH_S}`,
  '-b:a',
  '64k',
]
const TALK_MP3 = [...TALK, '-c:a', 'libmp3lame']
const TALK_OGG = [...TALK, '-c:a', 'libopus', '-vbr', 'off']
const TALK_M4A = [...TALK, '-c:a', 'aac', '-movflags', '+faststart']

/** The heavy film with its index at the end. */
const INDEX_AT_END = ['-i', 'film.mp4', '-c', 'copy']

const NOT_A_FILM = 'This is text, whatever its name and type say.\n'.repeat(400)

export const CACHE = fileURLToPath(new URL('../../node_modules/.cache/videojs-signed-url', import.meta.url))
const RECIPE = createHash('sha256').update(
  JSON.stringify([
    HEAVY_FILM,
    LOW_LATENCY_FILM,
    LOW_LATENCY_MASTER,
    INDEXED_FILM,
    LONG_FILM,
    TALK_MP3,
    TALK_OGG,
    TALK_M4A,
    INDEX_AT_END,
    NOT_A_FILM,
  ]),
)

/** The folder of the made films, with the layout of `demo/media`. Each recipe has its own folder. */
export const MADE_FILMS = join(CACHE, RECIPE.digest('hex').slice(0, 12))

/**
 * Makes `heavy/film.mp4` (90 s at 640x360, 9 MB), `heavy/index-at-end.mp4`, `heavy/not-a-film.mp4` (text), `talk/` (90 s of sound), `low-latency/` (288 s, 6 MB), `indexed/` (20 s) and `long/` (180 s, 5 MB) in `folder`, unless they exist.
 * Safe to run several times at once: each run writes its own folder, and the first to finish wins. Rejects without ffmpeg.
 */
export async function makeFilms(folder = MADE_FILMS): Promise<void> {
  if (existsSync(folder)) return
  const work = `${folder}-${randomUUID()}`
  await mkdir(join(work, 'heavy'), { recursive: true })
  try {
    await ffmpeg([...HEAVY_FILM, 'film.mp4'], join(work, 'heavy'))
    await ffmpeg([...INDEX_AT_END, 'index-at-end.mp4'], join(work, 'heavy'))
    await writeFile(join(work, 'heavy/not-a-film.mp4'), NOT_A_FILM)
    await makeLowLatencyFilm(join(work, LOW_LATENCY))
    await makeIndexedFilm(join(work, 'indexed'))
    await mkdir(join(work, 'talk'))
    await ffmpeg([...TALK_MP3, 'talk.mp3'], join(work, 'talk'))
    await ffmpeg([...TALK_OGG, 'talk.ogg'], join(work, 'talk'))
    await ffmpeg([...TALK_M4A, 'talk.m4a'], join(work, 'talk'))
    await mkdir(join(work, 'long'))
    await ffmpeg([...LONG_FILM, 'playlist.m3u8'], join(work, 'long'))
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function makeLowLatencyFilm(folder: string): Promise<void> {
  for (const number of LOW_LATENCY_FOLDERS.keys()) await mkdir(join(folder, `${number}`), { recursive: true })
  await ffmpeg([...LOW_LATENCY_FILM, 'manifest.mpd'], folder)
  // Only the segments are needed, for HLS.
  await rm(join(folder, 'manifest.mpd'))
  for (const [number, name] of LOW_LATENCY_FOLDERS.entries())
    await rename(join(folder, `${number}`), join(folder, name))
  await writeFile(join(folder, 'master.m3u8'), LOW_LATENCY_MASTER)
}

async function makeIndexedFilm(folder: string): Promise<void> {
  await mkdir(folder)
  await ffmpeg([...INDEXED_FILM, 'index.mpd'], folder)
  const mpd = await readFile(join(folder, 'index.mpd'), 'utf8')
  const lists = /<BaseURL>(.*?)<\/BaseURL>\s*<SegmentList.*?<\/SegmentList>/gs
  const files = [...mpd.matchAll(lists)].map(([, file = '']) => file)
  const indexes = await Promise.all(files.map(async (file) => indexOf(await readFile(join(folder, file)))))
  // ffmpeg lists the segments in the MPD too. Without that list, players have to read them from the files.
  const indexed = mpd.replace(lists, (_all, file: string) => {
    const { start, end } = indexes[files.indexOf(file)] ?? { start: 0, end: 0 }
    return `<BaseURL>${file}</BaseURL><SegmentBase indexRange="${start}-${end - 1}"><Initialization range="0-${start - 1}" /></SegmentBase>`
  })
  await writeFile(join(folder, 'index.mpd'), indexed)
}

/** Returns the byte range of a file's first `sidx` box. */
function indexOf(file: Buffer): { start: number; end: number } {
  for (const { type, start, end } of boxes(file)) if (type === 'sidx') return { start, end }
  throw new Error('The file has no sidx box.')
}

async function ffmpeg(options: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-loglevel', 'error', '-nostdin', ...options], { cwd })
}
