import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { describeVersion, TESTED_VERSIONS } from '../../../src/simulate/build/tested-versions.ts'

test('a version that the tests have run with is passed over, another is named', () => {
  for (const version of TESTED_VERSIONS) expect(describeVersion(Number(version))).toBeNull()
  expect(describeVersion(5.05)).toMatch(/^Verilator 5\.050 .* 5\.006, 5\.020, 5\.032, 5\.048 /)
  expect(describeVersion(5.03)).toMatch(/^Verilator 5\.030 /)
})

test('docs/installing.md lists them', async () => {
  const page = await readFile('docs/installing.md', 'utf8')
  const rows = [...page.matchAll(/^\| (5\.\d{3}) \|/gm)].map(([, version]) => version)
  expect(rows).toEqual(TESTED_VERSIONS)
})
