import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import {
  acceptJson,
  type Checked,
  check,
  checkJson,
  choiceOf,
  closedObject,
  fileName,
  listOf,
  openObject,
  real,
  recordOf,
  text,
  tupleOf,
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

describe('kinds of schemas', () => {
  const of = (own: v.GenericSchema) => (value: unknown) => faultOf({ own: value }, openObject({ own }))
  const proto = JSON.parse('{"__proto__": "x"}') as unknown

  it.each([
    [recordOf(whole()), { a: 1 }, 'no fault'],
    [recordOf(whole()), { a: 'x' }, 'own.a: expected a whole number, got "x"'],
    [recordOf(whole()), [], 'own: expected an object, got a list of 0'],
    [recordOf(whole()), proto, 'own: expected an object without __proto__, got an object'],
    [recordOf(whole()), { constructor: 1 }, 'own: expected an object without constructor, got an object'],
    [recordOf(whole()), { '\u001b[2J': 'x' }, 'own."\\u001b[2J": expected a whole number, got "x"'],
    [
      closedObject({ a: whole() }),
      JSON.parse('{"a": 1, "__proto__": 1}'),
      'own: there is no setting __proto__.',
    ],
    [openObject({}), new Uint8Array(3), 'own: expected an object, got Uint8Array of 3 bytes'],
    [openObject({}), new Map(), 'own: expected an object, got a map'],
    [v.partial(closedObject({ a: whole() })), {}, 'no fault'],
    [v.partial(closedObject({ a: whole() })), { a: 'x' }, 'own.a: expected a whole number, got "x"'],
    [v.partial(closedObject({ a: whole() })), [], 'own: expected an object, got a list of 0'],
    [v.picklist([2, 4, 8, 16]), 3, 'own: expected 2 or 4 or 8 or 16, got 3'],
    [v.picklist([2, 4, 8, 16, 32]), 3, 'own: expected one of 2, 4, 8, 16, 32, got 3'],
    [v.instance(Uint16Array), 1, 'own: expected Uint16Array, got 1'],
    [openObject({}), () => 1, 'own: expected an object, got a function'],
    [
      recordOf(whole()),
      { ['k'.repeat(70)]: 'x' },
      `own.${'k'.repeat(60)}…: expected a whole number, got "x"`,
    ],
    [tupleOf(whole(), whole()), [1, 2], 'no fault'],
    [tupleOf(whole(), whole()), [1, 'x'], 'own[1]: expected a whole number, got "x"'],
    [tupleOf(whole(), whole()), [1, 2, 3], 'own: expected a list of 2, got a list of 3'],
    [tupleOf(whole(), whole()), { 0: 1, 1: 2 }, 'own: expected a list, got an object'],
    [listOf(whole(), 1, 2), [1], 'no fault'],
    [listOf(whole(), 1, 2), [1, 'x'], 'own[1]: expected a whole number, got "x"'],
    [listOf(whole(), 1, 2), [], 'own: expected a list of 1 or more, got a list of 0'],
    [listOf(whole(), 1, 2), [1, 2, 3], 'own: expected a list of at most 2, got a list of 3'],
    [listOf(whole()), {}, 'own: expected a list, got an object'],
    [fileName, 'model.0', 'no fault'],
    [fileName, '../x', 'own: expected a name without / \\ and control characters, got "../x"'],
    [fileName, 3, 'own: expected a name without / \\ and control characters, got 3'],
    [text, '', 'own: expected a text, got ""'],
    [v.picklist([0, 1]), 2, 'own: expected 0 or 1, got 2'],
    [v.picklist(['a', 'b', 'c', 'd', 'e']), 'x', 'own: expected one of a, b, c, d, e, got "x"'],
    [whole(), Number.NaN, 'own: expected a whole number, got NaN'],
    [real(), Infinity, 'own: expected a finite number, got Infinity'],
    [choiceOf('op', [openObject({ op: v.literal('a') })]), [], 'own: expected an object, got a list of 0'],
  ])('%#: %j', (schema, value, fault) => {
    expect(of(schema)(value).replace('run.json: ', '')).toContain(fault)
  })

  it('lets a long list through without a copy of it', () => {
    const list = Array.from({ length: 200_000 }, (_, id) => ({ id }))
    expect(check(listOf(openObject({ id: whole() }), 0, Infinity), list, 'x')).toBe(list)
    list[199_999] = { id: 0.5 }
    expect(of(listOf(openObject({ id: whole() }), 0, Infinity))(list)).toContain('own[199999].id: expected')
  })
})

describe('check', () => {
  it('returns the value itself, with what the schema does not know', () => {
    const value = { layers: [], later: 1 }
    expect(check(schema, value, 'run.json')).toBe(value)
  })

  it.each([
    [null, 'run.json: expected an object, got null. Write it again.'],
    [{}, 'run.json: layers is missing. Write it again.'],
    [{ layers: [], mode: 3 }, 'run.json: mode: expected isolated or chained, got 3. Write it again.'],
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
      'run.json: there is no setting observr. Known are weightBits, observer. Did you mean observer?',
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
