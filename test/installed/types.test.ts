import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, type TemporaryProject } from '../support/fetched-packages.js'
import { FULL } from '../support/in-browser.js'
import { typeErrors } from '../support/type-check.js'

/* TypeScript 5.4 is the oldest version that the types work with. It is fetched, because a second TypeScript among the dependencies takes the name `tsc`. */

describe('the types, with TypeScript 5.4', () => {
  let project: TemporaryProject
  beforeAll(async () => {
    project = await createProject('typescript@~5.4.5')
  })
  afterAll(() => project?.remove())

  it.for([
    [8, 'nodenext'],
    [8, 'bundler'],
    [7, 'nodenext'],
    [7, 'bundler'],
  ] as const)(
    'are as test/types says, with Video.js %i and moduleResolution %s',
    FULL,
    async ([videojs, moduleResolution]) => {
      const typescript = join(project.folder, 'node_modules/typescript')
      expect(await typeErrors({ typescript, videojs, moduleResolution })).toBe('')
    },
  )
})
