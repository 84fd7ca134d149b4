import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FilmFiles } from '../../../demo/server/film-files.js'

const folder = mkdtempSync(join(tmpdir(), 'film-files-'))
const [kept, made] = [join(folder, 'kept'), join(folder, 'made')]
mkdirSync(join(kept, 'film'), { recursive: true })
writeFileSync(join(kept, 'film/film.mp4'), 'kept')
afterAll(() => rmSync(folder, { recursive: true }))

describe('FilmFiles', () => {
  it('finds a video that is generated while the server runs, besides those in the repository', () => {
    const files = new FilmFiles(kept, made)
    expect(files.find('heavy/film.mp4')).toBeUndefined()
    mkdirSync(join(made, 'heavy'), { recursive: true })
    writeFileSync(join(made, 'heavy/film.mp4'), 'made here')
    expect(files.find('heavy/film.mp4')).toEqual({ slug: 'heavy', file: 'film.mp4' })
    expect(files.locate('heavy', 'film.mp4')).toMatchObject({ size: 9, contentType: 'video/mp4' })
    expect(files.locate('film', 'film.mp4')).toMatchObject({ size: 4 })
  })

  it('prefers the video in the repository to a generated one of the same name', () => {
    mkdirSync(join(made, 'film'), { recursive: true })
    writeFileSync(join(made, 'film/film.mp4'), 'made under its name')
    expect(new FilmFiles(kept, made).locate('film', 'film.mp4')).toMatchObject({ size: 4 })
  })

  it('finds no file outside a video’s folder', () => {
    const files = new FilmFiles(kept, made)
    expect(files.locate('heavy', '../film/film.mp4')).toBeUndefined()
    expect(files.locate('..', 'kept/film/film.mp4')).toBeUndefined()
  })
})
