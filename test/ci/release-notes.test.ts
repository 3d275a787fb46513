/** scripts/release-notes.sh: the gate of the release workflow. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'

const CHANGES =
  '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n\n### Fixed\n\n- A fault.\n\n## [1.2.0] - 2029-01-02\n\n- Old.\n'
const notesOf = (tag: string, changes: string) => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }')
  writeFileSync(join(folder, 'CHANGELOG.md'), changes)
  return spawnSync('bash', [resolve('scripts/release-notes.sh'), tag], { cwd: folder, encoding: 'utf8' })
}

test('prints what the changelog says of the version', () => {
  expect(notesOf('v1.2.3', CHANGES)).toMatchObject({ status: 0, stdout: '\n### Fixed\n\n- A fault.\n' })
})

test.each([
  ['v1.2.4', CHANGES, /tag is v1\.2\.4 and package\.json has 1\.2\.3/],
  [
    'v1.2.3',
    CHANGES.replace('[1.2.3] - 2030-01-02', '[1.2.2] - 2030-01-02'),
    /says nothing under '## \[1\.2\.3\]/,
  ],
  ['v1.2.3', CHANGES.replace('### Fixed\n\n- A fault.\n', ''), /says nothing under/],
])('refuses the tag %s', (tag, changes, message) => {
  const { status, stdout, stderr } = notesOf(tag, changes)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(message)
})
