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
  it('finds a film that is made while the server runs, beside those kept with the code', () => {
    const films = new FilmFiles(kept, made)
    expect(films.find('heavy/film.mp4')).toBeUndefined()
    mkdirSync(join(made, 'heavy'), { recursive: true })
    writeFileSync(join(made, 'heavy/film.mp4'), 'made here')
    expect(films.find('heavy/film.mp4')).toEqual({ slug: 'heavy', file: 'film.mp4' })
    expect(films.locate('heavy', 'film.mp4')).toMatchObject({ size: 9, contentType: 'video/mp4' })
    expect(films.locate('film', 'film.mp4')).toMatchObject({ size: 4 })
  })

  it('prefers the kept film to one that was made under the same name', () => {
    mkdirSync(join(made, 'film'), { recursive: true })
    writeFileSync(join(made, 'film/film.mp4'), 'made under its name')
    expect(new FilmFiles(kept, made).locate('film', 'film.mp4')).toMatchObject({ size: 4 })
  })

  it('never leaves a film’s folder', () => {
    const films = new FilmFiles(kept, made)
    expect(films.locate('heavy', '../film/film.mp4')).toBeUndefined()
    expect(films.locate('..', 'kept/film/film.mp4')).toBeUndefined()
  })
})
