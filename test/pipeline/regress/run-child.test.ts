/** What a run says that ended without a result. */
import { expect, test } from 'vitest'
import { startRun } from '../../../src/pipeline/regress/run-child.ts'
import { makeFolder } from '../prepared.ts'

async function errorOf(said: string): Promise<string | null> {
  const words = ['/bin/sh', '-c', 'printf "%s\\n" "$0" >&2; exit 3', said]
  const folder = makeFolder()
  return (await startRun({ words, cwd: folder, folder, limitSeconds: null, seeds: null }).report).error
}

test.each([
  ['assay: waiting for a lock\nassay: rtl/a.sv: no such file', 'rtl/a.sv: no such file'],
  ['assay: verilator failed: rtl/a.sv:3: syntax error', 'rtl/a.sv:3: syntax error'],
  // The words of a fault hold the name, too.
  [
    'assay: x is not a function\n    at y\nThis is a fault in assay: report it.',
    /^x is not a function\n.*at y/,
  ],
  ['Killed', 'Killed'],
])('of %j', async (said, error) => {
  const found = await errorOf(said)
  expect(found).toEqual(typeof error === 'string' ? error : expect.stringMatching(error))
})
