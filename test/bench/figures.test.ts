/** Figures kept for each CPU, and how today's are set against them. */
import { describe, expect, test } from 'vitest'
import { compareFigures, figuresSchema, readFigures, replaceFigures } from '../../src/bench/figures.ts'
import { formatTime, type Measurement, nameCpu, numberOf } from '../../src/bench/measure.ts'
import { checkJson } from '../../src/input/schema.ts'

const row = (what: string, measured: string): Measurement => ({
  what,
  measured,
  target: null,
  met: null,
  note: '',
})

test('what was measured again is replaced, and nothing else', () => {
  const first = replaceFigures({}, 'cpu A', [row('a', '1 s'), row('b', '2 s')], 'one')
  const both = replaceFigures(first, 'cpu B', [row('a', '9 s')], 'one')
  expect(replaceFigures(both, 'cpu A', [row('b', '3 s')], 'two')).toEqual({
    'cpu A': { a: { measured: '1 s', commit: 'one' }, b: { measured: '3 s', commit: 'two' } },
    'cpu B': { a: { measured: '9 s', commit: 'one' } },
  })
})

test.each([
  { kept: '0.840 s', measured: '0.370 s', says: 'x 0.44' },
  { kept: '3,800,000 /s', measured: '7,600,000 /s', says: 'x 2.00' },
  { kept: '0.50 GB, 0.49 GB', measured: '0.75 GB, 0.6 GB', says: 'x 1.50' },
  { kept: '900 ms', measured: '1.2 s', says: '' },
  { kept: undefined, measured: '1.2 s', says: '' },
])('$kept, then $measured', ({ kept, measured, says }) => {
  expect(compareFigures(kept, measured)).toBe(says)
})

test('figures are three digits', () => {
  expect([0.0123, 0.1234, 9.876, 12.34].map(formatTime)).toEqual(['0.012 s', '0.123 s', '9.88 s', '12.3 s'])
  expect(['1,234.5 /s', '89 %', 'none'].map(numberOf)).toEqual([1234.5, 89, null])
})

describe('the file', () => {
  test('of the project is sound', async () => {
    expect(Object.keys(await readFigures('.'))).toEqual(expect.any(Array))
  })

  test('is refused where a figure has no commit', () => {
    expect(() => checkJson(figuresSchema, '{"cpu":{"a":{"measured":"1 s"}}}', 'figures.json')).toThrow(
      'commit',
    )
  })

  test('is none where there is none', async () => {
    expect(await readFigures('/nowhere')).toEqual({})
  })
})

test('a CPU is named with its generation', () => {
  expect(nameCpu()).toMatch(/\(family .+, model .+\), \d+ cores$/)
})
