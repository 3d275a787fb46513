import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import {
  acceptJson,
  type Checked,
  check,
  checkJson,
  closedObject,
  openObject,
  real,
  whole,
} from '../../src/input/schema.ts'

const layer = openObject({ name: v.string(), cycles: whole(0, 100), scale: v.optional(real(0, 1)) })
const schema = openObject({
  layers: v.array(layer),
  mode: v.optional(v.picklist(['isolated', 'chained'])),
  observer: v.optional(v.union([v.string(), closedObject({ kind: v.string(), bits: whole() })])),
  step: v.optional(
    v.variant('op', [
      openObject({ op: v.literal('conv'), kernel: whole() }),
      openObject({ op: v.literal('add') }),
    ]),
  ),
})

const faultOf = (value: unknown, of: v.GenericSchema = schema): string => {
  try {
    check(of, value, 'run.json', 'Write it again.')
  } catch (error) {
    return error instanceof InputError ? error.message : String(error)
  }
  return 'no fault'
}
const withLayer = (change: object): unknown => ({ layers: [{ name: 'a', cycles: 1, ...change }] })

describe('check', () => {
  it('returns the value itself, with what the schema does not know', () => {
    const value = { layers: [], later: 1 }
    expect(check(schema, value, 'run.json')).toBe(value)
  })

  it.each([
    [null, 'run.json: expected an object, got null. Write it again.'],
    [{}, 'run.json: layers is missing. Write it again.'],
    [withLayer({ name: 1 }), 'run.json: layers[0].name: expected a text, got 1. Write it again.'],
    [
      withLayer({ cycles: 1.5 }),
      'run.json: layers[0].cycles: expected a whole number from 0 to 100, got 1.5. Write it again.',
    ],
    [
      withLayer({ cycles: '7' }),
      'run.json: layers[0].cycles: expected a whole number from 0 to 100, got "7". Write it again.',
    ],
    [
      withLayer({ scale: 2 }),
      'run.json: layers[0].scale: expected a number from 0 to 1, got 2. Write it again.',
    ],
    [
      { layers: [], mode: 'chaind' },
      'run.json: mode: expected isolated or chained, got "chaind". Did you mean chained?',
    ],
    [
      { layers: [], observer: { kind: 'a', bits: 'x' } },
      'run.json: observer.bits: expected a whole number, got "x". Write it again.',
    ],
    [
      { layers: [], observer: false },
      'run.json: observer: expected a text or an object, got false. Write it again.',
    ],
    [
      { layers: [], step: { op: 'cov' } },
      'run.json: step.op: expected conv or add, got "cov". Did you mean conv?',
    ],
    [
      { layers: [], step: { op: 'conv', kernel: [] } },
      'run.json: step.kernel: expected a whole number, got a list of 0. Write it again.',
    ],
  ])('%j', (value, message) => {
    expect(faultOf(value)).toBe(message)
  })

  it('names the nearest property of a closed object', () => {
    const closed = closedObject({ weightBits: whole(2, 8), observer: v.optional(v.string()) })
    expect(faultOf({ weightBits: 8, observr: 'a' }, closed)).toBe(
      'run.json: there is no observr. Known are weightBits, observer. Did you mean observer?',
    )
    expect(faultOf({ weigthBits: 8 }, openObject({ a: closed }))).toBe(
      'run.json: a is missing. Write it again.',
    )
    expect(faultOf({ weigthBits: 8 }, closed)).toBe(
      'run.json: weightBits is missing. Is weigthBits meant to be weightBits?',
    )
    expect(faultOf([], closedObject({ a: v.optional(v.string()) }))).toBe(
      'run.json: expected an object, got a list of 0. Write it again.',
    )
    expect(faultOf([], closed)).toBe('run.json: expected an object, got a list of 0. Write it again.')
  })
})

describe('checkJson and acceptJson', () => {
  it('check a text', () => {
    const value: Checked<typeof layer> = checkJson(layer, '{"name": "a", "cycles": 3}', 'x')
    expect(value.cycles).toBe(3)
    expect(() => checkJson(layer, '{"name": "a", "name": "b"}', 'x')).toThrow('given twice')
    expect(() => checkJson(layer, '{"name"', 'x', 'Write it again.')).toThrow(
      /^x: is not JSON.*Write it again\.$/,
    )
  })

  it('a cache counts what is wrong as not there', () => {
    expect(acceptJson(layer, '{"name": "a", "cycles": 3}')).toEqual({ name: 'a', cycles: 3 })
    for (const text of ['', '{', 'null', '{"name": "a"}', '{"name": "a", "cycles": 1e3}'])
      expect(acceptJson(layer, text)).toBeNull()
  })
})
