/** report.json as text: arrays of numbers on one line, and refusals that say why. */
import { expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { parseReport, parseResult, renderReport } from '../../src/result/report-file.ts'
import { makeLayer, makeReport } from '../report/shard-reports.ts'

test('arrays of numbers stand on one line, everything else is indented', () => {
  const value = { a: [1, -20, 3.5], b: [[-1, 2], [30]], c: ['x', 1], d: [] }
  expect(renderReport(value as never)).toBe(
    [
      '{',
      ' "format": "assay report",',
      ' "version": 1,',
      ' "a": [1,-20,3.5],',
      ' "b": [',
      '  [-1,2],',
      '  [30]',
      ' ],',
      ' "c": [',
      '  "x",',
      '  1',
      ' ],',
      ' "d": []',
      '}\n',
    ].join('\n'),
  )
})

test.each([
  ['{"format":"assay re', 'is not JSON: '],
  ['null', 'expected an object, got null. '],
  ['[]', 'expected an object, got a list of 0. '],
  ['{"format":"assay shards","version":1}', 'format: expected assay report, got "assay shards". '],
  ['{"format":"assay report","version":2}', 'version: expected 1, got 2. Another version of Assay wrote it'],
  ['{"format":"assay report"}', 'version is missing. '],
  ['{"version":1,"version":1}', '"version" is given twice, in lines 1 and 1.'],
])('%s is refused by file and field', (text, message) => {
  const refused = `build/report.json: ${message}`
  expect(() => parseReport(text, 'build/report.json')).toThrow(InputError)
  expect(() => parseReport(text, 'build/report.json')).toThrow(refused)
})

test('sim.json is read without format and version', () => {
  const { shard: _, ...whole } = makeReport(1, [makeLayer('a')]).result
  expect(parseResult(JSON.stringify(whole), 'sim.json')).toEqual(whole)
  expect(() => parseResult(JSON.stringify({ ...whole, verdict: 'exakt' }), 'sim.json')).toThrow(
    'sim.json: verdict: expected exact or mismatch, got "exakt". Did you mean exact?',
  )
})
