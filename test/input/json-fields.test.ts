import { expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import {
  at,
  type Place,
  readChoice,
  readFields,
  readFlag,
  readInteger,
  readList,
  readNumber,
  readText,
} from '../../src/input/json-fields.ts'

const place: Place = { file: 'x.json', field: '', advice: 'Make it again.' }
const choose = (value: unknown) => readChoice(value, place, ['a', 'b'])
const whole = (value: unknown) => readInteger(value, place, -1, 5)
const real = (value: unknown) => readNumber(value, place, -1, 5)
const few = (value: unknown) => readList(value, place, 1, 2)
const digits = (value: unknown) => readText(value, place, /^\d+$/)

test.each<[(value: unknown) => unknown, readonly unknown[]]>([
  [(value) => readFields(value, place), [{}, { a: 1 }]],
  [(value) => readList(value, place), [[], [1, 2]]],
  [few, [[1], [1, 2]]],
  [(value) => readText(value, place), ['a', ' ']],
  [digits, ['0', '12']],
  [(value) => readFlag(value, place), [true, false]],
  [whole, [-1, 0, 5]],
  [real, [-1, 0.5, 5]],
  [choose, ['a', 'b']],
])('a field is what it was written as: %#', (read, values) => {
  expect(values.map(read)).toEqual(values)
})

test.each<[string, (value: unknown) => unknown, readonly (readonly [unknown, string])[]]>([
  [
    'an object',
    (value) => readFields(value, place),
    [
      [undefined, 'nothing'],
      [null, 'null'],
      [[1, 2], 'a list of 2'],
      [new Map(), 'an object'],
      [new Uint16Array(2), 'Uint16Array of 4 bytes'],
      ['a'.repeat(61), `"${'a'.repeat(60)}"`],
      [7, '7'],
    ],
  ],
  [
    'a list',
    (value) => readList(value, place),
    [
      [{}, 'an object'],
      ['ab', '"ab"'],
    ],
  ],
  ['a list of 1 or more', few, [[[], 'a list of 0']]],
  ['a list of at most 2', few, [[[1, 2, 3], 'a list of 3']]],
  ['a list of at most 100000', (value) => readList(value, place), [[new Array(100_001), 'a list of 100001']]],
  [
    'a text',
    (value) => readText(value, place),
    [
      ['', '""'],
      [1, '1'],
    ],
  ],
  [
    'a text',
    digits,
    [
      ['1a', '"1a"'],
      [12, '12'],
    ],
  ],
  [
    'true or false',
    (value) => readFlag(value, place),
    [
      [0, '0'],
      ['true', '"true"'],
      [null, 'null'],
    ],
  ],
  [
    'a whole number from -1 to 5',
    whole,
    [
      [-2, '-2'],
      [6, '6'],
      [0.5, '0.5'],
      ['1', '"1"'],
      [Number.NaN, 'NaN'],
      [1n, '1'],
    ],
  ],
  [
    'a number from -1 to 5',
    real,
    [
      [-1.5, '-1.5'],
      [5.5, '5.5'],
      ['1', '"1"'],
      [Number.NaN, 'NaN'],
    ],
  ],
  [
    'a or b',
    choose,
    [
      ['c', '"c"'],
      [undefined, 'nothing'],
      ['', '""'],
    ],
  ],
])('%s is expected, and anything else is refused', (expected, read, values) => {
  for (const [value, got] of values) {
    expect(() => read(value)).toThrow(InputError)
    expect(() => read(value)).toThrow(`x.json: expected ${expected}, got ${got}. Make it again.`)
  }
})

test('a field is named by the way to it', () => {
  const inner = at(at(at(place, 'layers'), 3), 'name')
  expect(inner).toEqual({ ...place, field: 'layers[3].name' })
  expect(() => readText(1, inner)).toThrow('x.json: layers[3].name: expected a text, got 1. Make it again.')
})
