/** What becomes of a verdict whose reports cannot be written. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { runReported } from '../../../src/cli/terminal/reports.ts'
import { makeFolder } from '../../pipeline/prepared.ts'
import { makeRun } from '../../report/broken-run.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** The page cannot be made: what it would show of the mutants is damaged. */
async function report(broken: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  const folder = makeFolder()
  writeFileSync(join(folder, 'mutation.json'), '{')
  const args = { json: false, report: ['html', 'junit', 'github'] as const }
  const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary.md') }
  const error = await runReported(args, env, { command: 'sim', folder }, async () => makeRun(broken)).then(
    () => null,
    (reason: Error) => reason.message,
  )
  const { exitCode } = process
  vi.restoreAllMocks()
  return { ...said, error, exitCode, has: (name: string) => existsSync(join(folder, name)) }
}

test('a mismatch is said, is exit code 1, and has the other reports', async () => {
  const { stdout, stderr, error, exitCode, has } = await report(['model.2.cv2'])
  expect({ error, exitCode }).toEqual({ error: null, exitCode: 1 })
  expect(stdout).toMatch(/Not proved:[\s\S]*Report: \S+junit\.xml\n::error/)
  expect(stderr).toMatch(/^assay: \S+mutation\.json/)
  expect([has('junit.xml'), has('summary.md'), has('report.html')]).toEqual([true, true, false])
})

test('an exact run is said, and its error is one', async () => {
  const { stdout, error, exitCode, has } = await report([])
  expect(stdout).toContain('Proved:')
  expect(error).toContain('mutation.json')
  expect(exitCode).toBeUndefined()
  // The JUnit file is that of the error.
  expect(has('junit.xml')).toBe(true)
})
