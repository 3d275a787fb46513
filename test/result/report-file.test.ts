/** report.json as text: arrays of numbers on one line, and refusals that say why. */
import { expect, test } from 'vitest'
import { parseReport, renderReport } from '../../src/result/report-file.ts'

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
  ['{"format":"assay re', 'expected JSON, the text is cut off or damaged'],
  ['null', 'expected format "assay report", got undefined'],
  ['{"format":"assay shards","version":1}', 'expected format "assay report", got "assay shards"'],
  ['{"format":"assay report","version":2}', 'expected version 1, got 2'],
  ['{"format":"assay report"}', 'expected version 1, got undefined'],
])('%s is refused', (text, message) => {
  expect(() => parseReport(text)).toThrow(new SyntaxError(message))
})
