import { describe, expect, test } from 'vitest'
import type { RangeEntry } from '../../src/quantise/range-report.ts'
import { renderRanges } from '../../src/report/ranges.ts'

const entry = (key: string, errors: readonly (number | null)[]): RangeEntry => ({
  key,
  kind: 'tensor',
  tensors: [key],
  observer: 'percentile',
  bits: 8,
  low: -0.2785,
  high: 12.3456,
  clipped: 0.00123,
  signalToNoise: 31,
  candidates: (['max', 'percentile', 'mse', 'entropy'] as const).map((observer, i) => ({
    observer,
    low: -1,
    high: 1,
    signalToNoise: 30 + i,
    outputError: errors[i]!,
  })),
  histograms: [],
})
const long = 'a_users_own_name.for_a_stage.and_a_layer.that_is_long.conv'

describe('the table of ranges', () => {
  test('stars the chosen observer', () => {
    const lines = renderRanges([entry('model.0', [null, null, null, null])])
    expect(lines).toHaveLength(3)
    expect(lines[2]).toMatch(/^model\.0 +-0\.279 +12\.3 +0\.12 % +30\.0 +31\.0\* +32\.0 +33\.0$/)
  })

  test('shows what auto tried and what it did to the output', () => {
    const lines = renderRanges([entry(long, [0.02, 0.01, 0.015, null]), entry('b', [null, null, null, null])])
    const second = lines.slice(lines.findIndex((line) => line.startsWith('Error of the scores')))
    expect(second.at(-1)).toMatch(/^a_users_own_name.*conv +2\.000 +1\.000\* +1\.500$/)
    expect(second.filter((line) => line.startsWith('b '))).toEqual([])
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })
})
