import { describe, expect, it } from 'vitest'
import { scripts } from '../support/documents.js'
import { typeErrors } from '../support/type-check.js'

/* The types of the built package, in a project that has it installed: `test/types` says what they are. `npm run test:full` compiles the same with TypeScript 5.4. */

const documented = scripts.find(({ page, language }) => page === 'docs/video-js-7.md' && language === 'ts')

describe('the types', () => {
  it.each([
    [8, 'nodenext'],
    [8, 'bundler'],
    [7, 'bundler'],
  ] as const)('are as test/types says, with Video.js %i and moduleResolution %s', async (videojs, moduleResolution) => {
    const files = { 'documented.ts': documented?.code ?? 'Nothing is documented' }
    expect(await typeErrors({ videojs, moduleResolution, ...(videojs === 7 && { files }) })).toBe('')
  })

  it('are found wrong when they differ', async () => {
    const files = {
      'wrong.test-d.ts': `import type { SignedUrlPlugin } from 'videojs-signed-url'
        import type { Equal, Expect } from './equal.js'
        import videojs from './videojs.js'
        export type IsAny = Expect<Equal<SignedUrlPlugin['status'], any>>
        // @ts-expect-error an option that exists
        videojs('film').signedUrl({ endpoint: '/sign' })`,
    }
    const errors = await typeErrors({ videojs: 8, moduleResolution: 'bundler', files })
    expect([...errors.matchAll(/^wrong\S+ error (TS\d+)/gm)].map(([, code]) => code)).toEqual(['TS2344', 'TS2578'])
  })
})
