/** `assay mutate` and `assay coverage` in a project of somebody else's: its tests of many kinds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkJson } from '../../src/input/schema.ts'
import { mutationSummary } from '../../src/mutation/score.ts'
import { assay, project, put, read, survivors, testsOf } from './measured-project.ts'
import type { CliRun } from './run-assay.ts'

describe('assay mutate', () => {
  let weak: CliRun
  beforeAll(async () => {
    weak = await assay('mutate', 'rtl/counter.sv', ...testsOf('weak'), '--at-least', '60', '--quiet')
  })

  test('shows what a weak test does not notice, by line, and its score is a gate', () => {
    expect(weak).toMatchObject({ exitCode: 1, stderr: 'The score is 56.3 %, --at-least asks for 60 %.' })
    expect(weak.stdout.split('\n').slice(0, 8)).toEqual([
      'file            mutants  noticed  survived   score',
      '──────────────  ───────  ───────  ────────  ──────',
      'rtl/counter.sv       16        9         7  56.3 %',
      '',
      'rtl/counter.sv:8',
      "    assign wrap_o = enable_i && count_o == 8'(Modulus - 1);",
      '   53 arithmetic  Modulus - 1 -> Modulus + 1',
      '   55 constant    1 -> 2',
    ])
    expect(weak.stdout.split('\n').at(-1)).toBe('build/mutation.json, build/mutation.html')
    const kept = checkJson(
      mutationSummary,
      readFileSync(join(project, 'build/mutation.json'), 'utf8'),
      'mutation.json',
    )
    expect(survivors(kept)).toEqual([
      '8 1 -> 2',
      '8 Modulus - 1 -> Modulus + 1',
      "10 !rst_ni -> 1'b0",
      "10 count_o <= '0; -> ;",
      "11 enable_i -> 1'b1",
      "11 wrap_o -> 1'b0",
      "11 '0 -> '1",
    ])
    expect(kept.modules[0]!.noticed![0]).toMatchObject({ test: 'test/weak.test.ts > counts', ended: false })
    expect(kept.witnesses).toEqual([{ name: 'test/weak.test.ts', killed: 9, remarks: [] }])
    expect(readFileSync(join(project, 'build/mutation.html'), 'utf8')).toContain('<h2 id="rtl/counter.sv">')
  })

  test('a test whose model was opened in beforeAll counts, with the tests before it', async () => {
    const result = read(
      await assay('mutate', 'rtl/counter.sv', ...testsOf('strong'), '--json', '--out', 'strong'),
    )
    expect(survivors(result)).toEqual([])
    expect(result).toMatchObject({ hit: 16, all: 16, witnesses: [{ killed: 16, remarks: [] }] })
  })

  test('names test files that can say nothing, and why; what a fixture looks at counts', async () => {
    const files = testsOf('other', 'early', 'uneven', 'fixture')
    const result = read(
      await assay('mutate', 'rtl/counter.sv', ...files, '--json', '--only', '11', '--sample', '4'),
    )
    const remarks = Object.fromEntries(
      result.witnesses!.map((one) => [one.name.slice(5, -8), one.remarks.join()]),
    )
    expect(remarks).toMatchObject({
      other: 'opens no model of these sources',
      early: expect.stringContaining('opens a model as it is loaded'),
      uneven: expect.stringContaining(
        'passes once says nothing of mutants: when it is repeated: expected 2 to be 1',
      ),
      fixture: '',
    })
    expect(result.modules[0]).toMatchObject({ mutants: 4, left: 12 })
    expect(result.modules[0]!.noticed!.map(({ test }) => test)).toEqual(
      Array.from({ length: result.hit }, () => 'test/fixture.test.ts > is looked at by the fixture'),
    )
    expect(result.hit).toBeGreaterThan(0)
  })

  test('where no test can notice anything, there is no score', async () => {
    const early = await assay('mutate', 'rtl/counter.sv', ...testsOf('early', 'other'), '--quiet')
    expect(early).toMatchObject({ exitCode: 2, stdout: '' })
    expect(early.stderr).toMatch(
      /test\/early\.test\.ts: no test can notice a mutant:\n {2}test\/early\.test\.ts opens a model as it is loaded/,
    )
    const uneven = await assay('mutate', 'rtl/counter.sv', ...testsOf('uneven'), '--only', '11', '--quiet')
    expect(uneven).toMatchObject({ exitCode: 2, stdout: '' })
    expect(uneven.stderr).toContain('passes once says nothing of mutants: when it is repeated')
  })

  test('a test that fails without a mutant is said first', async () => {
    const run = await assay('mutate', 'rtl/counter.sv', ...testsOf('red', 'weak'), '--quiet')
    expect(run.exitCode).toBe(2)
    expect(run.stderr).toContain(
      'these tests fail without a mutant:\n  test/red.test.ts > is red\n    expected +0 to be 7',
    )
  })
})

describe('assay coverage', () => {
  test('says before any test runs that a file is no RTL', async () => {
    put('rtl/crc.c', 'int crc;\n')
    const run = await assay('coverage', 'rtl/crc.c', ...testsOf('weak'))
    expect(run).toMatchObject({ exitCode: 2, stdout: '' })
    expect(run.stderr).toBe(
      'assay: rtl/crc.c: is no SystemVerilog, and has nothing to count. Name RTL files.',
    )
  })

  test('counts the module, and its share is a gate', async () => {
    const run = await assay('coverage', ...testsOf('weak'), '--quiet', '--at-least', '99')
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toMatch(/^\d+\.\d % are reached, --at-least asks for 99 %\.$/)
    expect(run.stdout.split('\n')[2]).toMatch(/^rtl\/counter.sv +100\.0 % +66\.7 % +\d+\.\d %$/)
    expect(readFileSync(join(project, 'build/coverage/rtl/rtl_counter.sv.html'), 'utf8')).toContain(
      'never taken',
    )
    expect(readFileSync(join(project, 'build/coverage/rtl.info'), 'utf8')).toContain('SF:rtl/counter.sv')
  })
})
