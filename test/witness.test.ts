/** No test passes without testing, and what was not tested is said. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { countMissing, renderMissing } from './witness-report.ts'
import { findBreaches } from './witness-rules.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** But for what skips tests for want of a witness. */
const files = (readdirSync(HERE, { recursive: true }) as string[])
  .filter((name) => /(?<!\.d)\.ts$/.test(name) && name !== 'witness.ts')
  .sort()

test('every test file and every helper keeps to the rules', () => {
  expect(files.filter((name) => name.endsWith('.test.ts')).length).toBeGreaterThan(180)
  const breaches = files.flatMap((name) => findBreaches(name, readFileSync(`${HERE}${name}`, 'utf8')))
  expect(breaches).toEqual([])
})

describe('the report at the end', () => {
  test('names each witness, its tests and their files; a test that lacks two counts with both', () => {
    const skipped = [
      { file: 'test/b.test.ts', needs: ['iverilog'] },
      { file: 'test/a.test.ts', needs: ['iverilog', 'yosys'] },
      { file: 'test/a.test.ts', needs: [] },
    ]
    const text = renderMissing(countMissing(skipped), skipped.length)
    expect(text.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'Not tested: 3 tests, for want of',
      '  iverilog  2 tests in test/a.test.ts, test/b.test.ts',
      '  yosys  1 test in test/a.test.ts',
      '  a hook that failed, or test.skip  1 test in test/a.test.ts',
      expect.stringMatching(/^make test installs .* the others are yours to install\.$/),
      '',
    ])
  })

  test('says so where nothing was missing', () => {
    expect(renderMissing(countMissing([]), 0)).toBe('All witnesses were there: no test was skipped.\n')
  })

  test('names as installed what the Makefile asks need.sh for', () => {
    const makefile = readFileSync(`${HERE}../Makefile`, 'utf8')
    const tools = /^witnesses:\n\t.*need\.sh --try (.*)$/m.exec(makefile)![1]!.split(' ')
    const said = /make test installs (.*) where it may/.exec(
      renderMissing(new Map([['x', { tests: 1, files: new Set() }]]), 1),
    )![1]!
    expect(said.split(/, | and /)).toEqual(tools)
  })
})
