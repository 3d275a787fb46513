/** The table of ranges: every figure in its column, and which observer was chosen. */
import { describe, expect, test } from 'vitest'
import type { Observer } from '../../src/quantise/observers.ts'
import type { RangeEntry } from '../../src/quantise/range-report.ts'
import { renderRanges } from '../../src/report/ranges.ts'

type Errors = readonly [
  max: number | null,
  percentile: number | null,
  mse: number | null,
  entropy: number | null,
]

const entry = (key: string, errors: Errors, observer: Observer = 'percentile'): RangeEntry => ({
  ...{ key, kind: 'tensor', tensors: [key], observer, bits: 8 },
  ...{ low: -0.2785, high: 12.3456, clipped: 0.00123, signalToNoise: 31 },
  candidates: (['max', 'percentile', 'mse', 'entropy'] as const).map((name, i) => ({
    ...{ observer: name, low: -1, high: 1, signalToNoise: 30 + i, outputError: errors[i]! },
  })),
  histograms: [],
})
const none = [null, null, null, null] as const
const long = 'a_users_own_name.for_a_stage.and_a_layer.that_is_long.conv'

describe('the table of ranges', () => {
  test('stars the chosen observer', () => {
    expect(renderRanges([entry('model.0', none), entry('model.1', none, 'entropy')])).toEqual([
      'range       low  high  clipped    max    pct    mse   entr',
      '───────  ──────  ────  ───────  ─────  ─────  ─────  ─────',
      'model.0  -0.279  12.3   0.12 %  30.0   31.0*  32.0   33.0',
      'model.1  -0.279  12.3   0.12 %  30.0   31.0   32.0   33.0*',
    ])
  })

  test('shows what auto tried and what it did to the output, of what it tried alone', () => {
    const lines = renderRanges([entry('a', [0.02, 0.01, 0.0155, null]), entry('b', none)])
    expect(lines.slice(2)).toEqual([
      'a      -0.279  12.3   0.12 %  30.0   31.0*  32.0   33.0',
      'b      -0.279  12.3   0.12 %  30.0   31.0*  32.0   33.0',
      '',
      'Error of the scores and boxes with each observer, % of their power; earlier',
      'layers use the observer chosen for them, later ones use mse.',
      '',
      'range     max     pct     mse  entr',
      '─────  ──────  ──────  ──────  ────',
      'a      2.000   1.000*  1.550',
    ])
  })

  test('one error is enough to have been tried; an observer that was not asked is left out', () => {
    const tried = entry('a', [null, null, null, 0.5], 'max')
    const some = { ...tried, candidates: tried.candidates.slice(1) }
    expect(renderRanges([some]).filter((line) => line.startsWith('a '))).toEqual([
      'a      -0.279  12.3   0.12 %       31.0   32.0   33.0',
      `a${' '.repeat(21)}50.000`,
    ])
  })

  test('fits 80 columns, whatever the names', () => {
    const lines = renderRanges([entry(long, [0.02, 0.01, 0.015, null])])
    expect(lines.map((line) => line.length).filter((length) => length > 80)).toEqual([])
    expect(lines[2]).toMatch(/^a_users_own…s_long\.conv /)
    expect(lines.at(-1)).toMatch(/^a_users_own_name.{24}/)
  })
})
