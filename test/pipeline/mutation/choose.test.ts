import { describe, expect, test } from 'vitest'
import { mutateSource } from '../../../src/mutation/mutate-source.ts'
import { chooseMutants, parseLines } from '../../../src/pipeline/mutation/choose.ts'
import type { MutatedFile } from '../../../src/pipeline/mutation/sources.ts'

const source = 'module m;\nassign a = b + c;\nassign d = b - c;\nassign e = b * c;\nendmodule\n'
const fileOf = (file: string, first: number): MutatedFile => ({
  ...{ file, source, first },
  mutants: mutateSource(source, file, { first }).mutants,
})
const files = [fileOf('rtl/a.sv', 1), fileOf('rtl/b.sv', 4)]
const choose = (only: readonly string[], sample?: number) =>
  chooseMutants(
    files,
    only.map((text) => parseLines(text, '--only')),
    sample,
  ).map(({ id }) => id)

describe('lines are written as', () => {
  test.each([
    ['12', { file: null, first: 12, last: 12 }],
    ['12-30', { file: null, first: 12, last: 30 }],
    ['rtl/fifo.sv:7', { file: 'rtl/fifo.sv', first: 7, last: 7 }],
    ['rtl/a:b.sv:7-9', { file: 'rtl/a:b.sv', first: 7, last: 9 }],
    ['rtl/fifo.sv', { file: 'rtl/fifo.sv', first: 1, last: Number.MAX_SAFE_INTEGER }],
  ])('%s', (text, range) => {
    expect(parseLines(text, '--only')).toEqual(range)
  })

  test.each(['', '0', '9-7', ':', 'rtl/fifo.sv:0-1'])('and not %j', (text) => {
    expect(() => parseLines(text, '--only')).toThrow(
      `--only: expected lines as 12-30 or rtl/fifo.sv:12-30, got ${text}`,
    )
  })
})

test('all mutants, those of lines, those of lines of a file', () => {
  expect(choose([])).toEqual([1, 2, 3, 4, 5, 6])
  expect(choose(['3'])).toEqual([2, 5])
  expect(choose(['rtl/b.sv:2-3'])).toEqual([4, 5])
  expect(choose(['./rtl/a.sv', 'rtl/b.sv:4'])).toEqual([1, 2, 3, 6])
})

test('a sample is spread evenly, and is all where it is large', () => {
  expect(choose([], 3)).toEqual([1, 3, 5])
  expect(choose([], 1)).toEqual([1])
  expect(choose([], 6)).toEqual([1, 2, 3, 4, 5, 6])
  expect(choose([], 100)).toEqual([1, 2, 3, 4, 5, 6])
  expect(choose(['2'], 1)).toEqual([1])
})

test('refuses a file that is no source, lines without a mutant, and sources without any', () => {
  expect(() => choose(['rtl/aa.sv:2'])).toThrow(/--only: rtl\/aa.sv is none of the sources.*rtl\/a.sv/)
  expect(() => choose(['1'])).toThrow('--only: there is nothing to break in these lines')
  expect(() => chooseMutants([{ ...files[0]!, mutants: [] }], [], undefined)).toThrow(
    /^rtl\/a.sv: has nothing to break/,
  )
})
