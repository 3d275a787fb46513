import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { asInteger, asList, asNumber, asRecord, asText } from '../../src/validate/fields.ts'

type Reader = (value: unknown, where: string) => unknown

test.each<readonly [Reader, unknown, unknown]>([
  [asRecord, { a: 1 }, { a: 1 }],
  [asList, [], []],
  [asList, [1, 'a'], [1, 'a']],
  [asText, 'a b', 'a b'],
  [asText, ' ', ' '],
  [asNumber, -1.5, -1.5],
  [asNumber, 0, 0],
  [asNumber, ' 2e3 ', 2000],
  [asInteger, '-7', -7],
  [asInteger, 2 ** 53 - 1, 2 ** 53 - 1],
])('$0.name of $1', (read, value, expected) => {
  expect(read(value, 'x')).toEqual(expected)
})

const LONG = 'a'.repeat(50)

describe('anything else is refused, and described', () => {
  test.each<readonly [Reader, unknown, string]>([
    [asRecord, undefined, 'expected an object, got nothing.'],
    [asRecord, null, 'expected an object, got null.'],
    [asRecord, [1, 2], 'expected an object, got a list of 2.'],
    [asRecord, 'a', 'expected an object, got "a".'],
    [asList, {}, 'expected a list, got an object.'],
    [asList, 'ab', 'expected a list, got "ab".'],
    [asText, '', 'expected a text, got "".'],
    [asText, 3, 'expected a text, got 3.'],
    [asText, ['a'], 'expected a text, got a list of 1.'],
    [asNumber, '', 'expected a number, got "".'],
    [asNumber, '  ', 'expected a number, got "  ".'],
    [asNumber, '1 2', 'expected a number, got "1 2".'],
    [asNumber, 'Infinity', 'expected a number, got "Infinity".'],
    [asNumber, Number.POSITIVE_INFINITY, 'expected a number, got Infinity.'],
    [asNumber, Number.NaN, 'expected a number, got NaN.'],
    [asNumber, null, 'expected a number, got null.'],
    [asNumber, true, 'expected a number, got true.'],
    [asNumber, [5], 'expected a number, got a list of 1.'],
    [asInteger, 1.5, 'expected a whole number, got 1.5.'],
    [asInteger, '1e16', 'expected a whole number, got 10000000000000000.'],
    [asInteger, 'a', 'expected a number, got "a".'],
    // 40 characters with the quotes are quoted whole, of more the first 37.
    [asNumber, LONG.slice(0, 38), `expected a number, got "${LONG.slice(0, 38)}".`],
    [asNumber, LONG.slice(0, 39), `expected a number, got "${LONG.slice(0, 36)}....`],
    [asNumber, 'b'.repeat(1e6), `expected a number, got "${'b'.repeat(36)}....`],
  ])('$0.name of $1', (read, value, message) => {
    expect(() => read(value, 'here')).toThrow(new InputError(message, 'here'))
  })
})
