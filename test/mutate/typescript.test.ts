import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMutant, type HandMade } from '../../src/mutate/typescript/by-hand.ts'
import { readChangedLines } from '../../src/mutate/typescript/changed-lines.ts'
import { findGroup, GROUP_NAMES } from '../../src/mutate/typescript/groups.ts'
import { instrument } from '../../src/mutate/typescript/instrument.ts'
import { breakGroup, runGroup } from '../../src/mutate/typescript/run-group.ts'

const SMALL = 'test/mutate/fixtures/small.ts'

test('every group has sources, and tests that are run', () => {
  const sizes = GROUP_NAMES.map(findGroup).map(({ sources, tests }) => Math.min(sources.length, tests.length))
  expect(sizes.every((size) => size > 0)).toBe(true)
  expect(findGroup('golden').sources).toContain('src/golden/conv.ts')
  expect(findGroup('golden').sources.join()).not.toMatch(/kernel\.(as|wasm)/)
})

test('mutants are named by place, operator and texts; messages are left alone', async () => {
  const text =
    "export const a = (b: number) => {\n  if (b > 3) throw new Error('b is too large')\n  return b\n}\n"
  const { mutants, messages } = await instrument(new Map([['a.ts', text]]), null)
  expect(
    mutants.map(({ line, column, operator, before, after }) => [line, column, operator, before, after]),
  ).toEqual([
    [1, 33, 'BlockStatement', "{ if (b > 3) throw new Error('b is too large') return b }", '{}'],
    [2, 7, 'ConditionalExpression', 'b > 3', 'true'],
    [2, 7, 'ConditionalExpression', 'b > 3', 'false'],
    [2, 7, 'EqualityOperator', 'b > 3', 'b >= 3'],
    [2, 7, 'EqualityOperator', 'b > 3', 'b <= 3'],
  ])
  expect(messages).toBe(1)
})

test('only the lines that are asked for are broken', async () => {
  const text = 'export const a = 1 + 2\nexport const b = 3 + 4\nexport const c = 5 + 6\n'
  const { mutants } = await instrument(new Map([['a.ts', text]]), new Map([['a.ts', [[2, 2]]]]))
  expect(mutants.map(({ before, after }) => [before, after])).toEqual([['3 + 4', '3 - 4']])
})

test('tests are run with each mutant: what they do not notice survives, an endless loop does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-mutants-'))
  const group = { name: 'small', sources: [SMALL], tests: ['test/mutate/fixtures/small.test.ts'] }
  const run = async () =>
    await runGroup(await breakGroup(group, null), folder, null, new AbortController().signal)
  const first = await run()
  const alive = ({ mutants, verdicts }: typeof first) =>
    mutants.filter(({ id }) => !verdicts.has(id)).map(({ before, after }) => `${before} -> ${after}`)
  const survivors = [
    'value < LIMIT[0]! -> value <= LIMIT[0]!',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the source
    '{ if (value < 0) throw new RangeError(`${value} is below zero`) } -> {}',
    'value < 0 -> true',
    'value < 0 -> false',
    'value < 0 -> value <= 0',
    'value < 0 -> value >= 0',
  ]
  expect(alive(first)).toEqual(survivors)
  const reasons = first.mutants
    .filter(({ after }) => after === 'value--')
    .map(({ id }) => first.verdicts.get(id)!.reason)
  expect(reasons).toEqual([expect.stringMatching(/Hit count limit/)])
  // A constant of the module is made before any test runs: it is killed by a run of its own.
  expect(first.mutants.filter(({ before }) => before === '[3, 4]')).toHaveLength(1)
  const second = await run()
  expect(alive(second)).toEqual(survivors)
  expect(second.verdicts).toEqual(new Map([...first.verdicts]))
})

test('changed lines are those of the new side', () => {
  const diff = [
    'diff --git a/src/a.ts b/src/a.ts',
    '--- a/src/a.ts',
    '+++ b/src/a.ts',
    '@@ -3 +3 @@ export',
    '-old',
    '+new',
    '@@ -10,2 +9,0 @@ removed',
    '@@ -20,0 +18,3 @@ added',
    '--- a/src/gone.ts',
    '+++ /dev/null',
    '@@ -1,4 +0,0 @@',
  ].join('\n')
  expect(readChangedLines(diff)).toEqual(
    new Map([
      [
        'src/a.ts',
        [
          [3, 3],
          [18, 20],
        ],
      ],
    ]),
  )
})

test('a mutant made by hand changes one place, and says where its text is not found', () => {
  const mutant = {
    file: 'a.ts',
    before: 'f(a)',
    after: '$&',
    why: 'f is not called',
    tests: [],
  } satisfies HandMade
  expect(applyMutant(mutant, 'f(a); f(b)')).toBe('$&; f(b)')
  expect(() => applyMutant(mutant, 'f(b)')).toThrow(/a\.ts holds 0 times, not once: f\(a\)/)
  expect(() => applyMutant(mutant, 'f(a) f(a)')).toThrow(/holds 2 times/)
})

test('each mutant made by hand has its place, its reason, and tests that are there', () => {
  const list = JSON.parse(readFileSync('test/mutate/pipeline-mutants.json', 'utf8')) as readonly HandMade[]
  expect(list.length).toBeGreaterThanOrEqual(40)
  for (const mutant of list) {
    expect(applyMutant(mutant, readFileSync(mutant.file, 'utf8'))).not.toBe('')
    expect(mutant.why).toMatch(/\w+ \w+/)
    expect(mutant.tests.map((file) => readFileSync(file, 'utf8').length > 0)).not.toContain(false)
    expect(mutant.tests.length).toBeGreaterThan(0)
  }
})
