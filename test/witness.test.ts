/** No test passes without testing, and what was not tested is said. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { countMissing, renderMissing } from './witness-report.ts'
import { findBreaches } from './witness-rules.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const files = (readdirSync(HERE, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.test.ts') && name !== 'witness.test.ts')
  .sort()

test('every test file keeps to the rules', () => {
  expect(files.length).toBeGreaterThan(100)
  const breaches = files.flatMap((name) => findBreaches(name, readFileSync(`${HERE}${name}`, 'utf8')))
  expect(breaches).toEqual([])
})

describe('a breach is found', () => {
  test.each([
    ["test('x', () => { if (!hasTool) return; expect(1).toBe(1) })", /t\.ts:1: a test that returns early/],
    ["test.each([1])('x', async () => { try { a() } catch { return } })", /returns early/],
    ["testWith('yosys', 'x', () => {\n  for (const a of b) if (a) return\n})", /t\.ts:2: .*returns early/],
    ["describe.skipIf(!has)('x', () => {})", /\.skipIf/],
    ["test.only('x', () => {})", /\.only/],
    ["test.skip.each([1])('x', () => {})", /\.skip/],
    ["test('x', () => { spawnSync('vvp', ['-n']) })", /uses iverilog, and no needs/],
    ["needs('yosys', 'x', () => { simulate({ simulator: 'icarus' }) })", /uses iverilog/],
    ["test('x', () => readFileSync(sharedPath('models/a.pt')))", /uses \.\.\/shared/],
    ["needs('python3 with jsonschema', 'x', () => runPython('a'))", /uses python3 with numpy/],
  ])('%s', (text, message) => {
    expect(findBreaches('t.ts', text).join('\n')).toMatch(message)
  })

  test.each([
    "test('x', () => { const f = () => { if (a) return 1; return 2 }; expect(f()).toBe(1) })",
    "needs(['iverilog', 'yosys'], 'x', () => { test('y', () => { run('vvp') }) })",
    "testWith('python3', 'x', () => { spawnSync('python3') })",
    'function list() { if (a) return; }',
  ])('and none in %s', (text) => {
    expect(findBreaches('t.ts', text)).toEqual([])
  })
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
    const tools = /need\.sh --try (.*)$/m.exec(makefile)![1]!.split(' ')
    const said = /make test installs (.*) where it may/.exec(
      renderMissing(new Map([['x', { tests: 1, files: new Set() }]]), 1),
    )![1]!
    expect(said.split(/, | and /)).toEqual(tools)
  })
})
