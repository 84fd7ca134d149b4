import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/* The workflows, as far as a release depends on them. */

const FOLDER = '.github/workflows'
const workflows = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(`${FOLDER}/${name}`, 'utf8') }))
const textOf = (file: string) => workflows.find(({ name }) => name === file)?.text ?? ''
/** The block of a job, by its indentation. */
const jobIn = (file: string, job: string) =>
  new RegExp(`^  ${job}:\\n((?: {4}.*\\n)+)`, 'm').exec(textOf(file))?.[1] ?? ''

describe('the workflows', () => {
  it('publish a tagged version with provenance, only when all tests have passed', () => {
    expect(textOf('release.yml')).toMatch(/^on:\n {2}push:\n {4}tags: \[["']v\*["']\]$/m)
    expect(jobIn('release.yml', 'test')).toContain('uses: ./.github/workflows/ci.yml')
    const publish = jobIn('release.yml', 'publish')
    expect(publish).toMatch(/^ {4}needs: test$/m)
    expect(publish).toMatch(/^ {6}id-token: write$/m)
    expect([...publish.matchAll(/run: (.+)$/gm)].map(([, command]) => command)).toEqual([
      expect.stringContaining('GITHUB_REF_NAME'),
      'npm ci',
      'npm run build',
      'npm publish --provenance',
    ])
    expect(jobIn('ci.yml', 'test')).toContain('run: .ci/run')
  })

  it('may otherwise only read, and name the major version of each action', () => {
    for (const { name, text } of workflows) {
      expect(text, name).toMatch(/^permissions:\n {2}contents: read\n(?=\w)/m)
      const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action)
      expect(
        used.filter((action) => !/^\.\/|@v\d+$/.test(action)),
        name,
      ).toEqual([])
    }
  })

  it('are what package.json expects: whatever publishes has to prove where the package comes from', () => {
    const { publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(publishConfig).toEqual({ access: 'public', provenance: true })
  })
})
