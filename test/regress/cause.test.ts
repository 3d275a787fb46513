/** What is left of a message: two entries with one cause say the same. */
import { describe, expect, test } from 'vitest'
import { causeOf, isOfRtl, keyOf, patternOf } from '../../src/regress/cause.ts'
import { ENTRY_STATUSES } from '../../src/regress/night.ts'
import { fault, makeNight } from './nights.ts'

describe('the pattern of a message', () => {
  test.each([
    [
      'model.1 c0 y1 x2: expected 12, received 13 at cycle 84; 3 of 24 differ',
      'model.1',
      '@ c# y# x#: expected #, received # at cycle #; # of # differ',
    ],
    [
      'model.1 c0 y1 x2: expected 1, received nothing (never written); 1 of 4096 differs',
      'model.1',
      '@ c# y# x#: expected #, received nothing (never written); # of # differ',
    ],
    ['red from 2 of 9 random power-ups, seeds 1, 5 and 7', null, 'red from # of # random power-ups, seeds #'],
    ['/home/a/rtl/x.sv:12:3: syntax error', null, 'x.sv:#:#: syntax error'],
    ['rtl/x2.sv:1:30: syntax error in /a/y.sv', null, 'rtl/x2.sv:#:#: syntax error in …'],
    ['verilator failed: rtl/y.sv:1:30: syntax error', null, 'verilator failed: rtl/y.sv:#:#: syntax error'],
    ['C:\\rtl\\x.sv is -0x1f, +12.5 and 1,024', null, '… is #'],
    ['Its first line.\nIts second has 2.', null, 'Its first line.'],
    ['a  b\tc', '', 'a b c'],
  ])('%s', (message, layer, pattern) => {
    expect(patternOf(message, layer)).toBe(pattern)
  })

  test('values of the plan are named in it, the longest first; words that are none are not', () => {
    const values = ['images/1.png', 'images/1.png.png', 'isolated', '8']
    expect(patternOf('images/1.png.png and images/1.png, isolated', null, values)).toBe('… and …, isolated')
    expect(patternOf('street.png is damaged', null, ['street.png'])).toBe('… is damaged')
  })
})

test('a cause is status, layer, kind and pattern', () => {
  const { entries } = makeNight({ images: 1, fate: () => ({ status: 'differs', fault: fault() }) })
  const cause = causeOf(entries[0]!)
  expect(cause).toEqual({
    ...{ status: 'differs', layer: 'model.1', kind: 'rounding' },
    pattern: '@ c# y# x#: expected #, received # at cycle # of the run; # of # differ',
  })
  const others = [{ status: 'failed' }, { layer: 'x' }, { kind: null }, { pattern: '' }] as const
  const keys = [cause, ...others.map((own) => ({ ...cause, ...own }))].map(keyOf)
  expect(new Set(keys).size).toBe(5)
  expect(causeOf({ ...entries[0]!, fault: null })).toMatchObject({ layer: null, kind: null, pattern: '' })
})

test('what blames the RTL', () => {
  expect(ENTRY_STATUSES.filter(isOfRtl)).toEqual(['differs', 'failed', 'unsteady'])
})
