import { expect, test } from 'vitest'
import { describeQuantisation, describeScheme } from '../../src/quantise/scheme.ts'

const bits = { weightBits: 4, activationBits: 4 }
const usual = { effort: 'fast', scope: 'all', overrides: {} }

test('a scheme names its bits, those of the ends and its budget', () => {
  expect(describeScheme(bits)).toBe('W4A4')
  expect(describeScheme({ ...bits, endBits: 8 })).toBe('W4A4, ends 8 bits')
  expect(describeScheme({ ...bits, endBits: 8, activationBudget: 4.5 })).toBe(
    'W4A4, ends 8 bits, 4.5 bits in the mean',
  )
})

test('a quantisation names what is not as usual, too', () => {
  expect(describeQuantisation({ ...bits, ...usual })).toBe('W4A4')
  expect(describeQuantisation({ ...bits, ...usual, endBits: 8, effort: 'best' })).toBe(
    'W4A4, ends 8 bits, best',
  )
  expect(describeQuantisation({ ...bits, ...usual, scope: 'no-last', overrides: { 'model.0': {} } })).toBe(
    'W4A4, no-last, overrides',
  )
})
