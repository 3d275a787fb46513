import { describe, expect, test } from 'vitest'
import { callGlobal, STORAGE_TYPES } from '../../src/checkpoint/pickle-globals.ts'
import {
  describeValue,
  isGlobal,
  isObject,
  isStorage,
  isTensor,
  type PickleStorage,
  type PickleValue,
} from '../../src/checkpoint/pickle-value.ts'

const map = (...pairs: readonly [PickleValue, PickleValue][]) => new Map<PickleValue, PickleValue>(pairs)
const storage: PickleStorage = { kind: 'storage', dtype: 'float32', key: '0', bytes: new Uint8Array(16) }
const named = (path: string): PickleValue => ({ kind: 'global', path })

describe('callGlobal', () => {
  const pairs: PickleValue = [['a', 1], 'no pair', ['b']]
  test.each<[string, readonly PickleValue[], PickleValue]>([
    ['collections.OrderedDict', [], map()],
    ['collections.OrderedDict', [pairs], map(['a', 1], ['b', null])],
    ['collections.defaultdict', [null, map(['a', 1])], map(['a', 1])],
    ['dict', [pairs], map(['a', 1], ['b', null])],
    ['set', [[1, 2]], new Set([1, 2])],
    ['set', [1], new Set()],
    ['frozenset', [[1, 2]], new Set([1, 2])],
    ['list', [[1]], [1]],
    ['list', [], []],
    ['tuple', [[1]], [1]],
    ['bytes', [Uint8Array.of(1)], Uint8Array.of(1)],
    ['bytes', [], new Uint8Array(0)],
    ['bytearray', [Uint8Array.of(1)], Uint8Array.of(1)],
    ['_codecs.encode', ['a\xff', 'latin1'], Uint8Array.of(0x61, 0xff)],
    ['_codecs.encode', ['a', 'latin-1'], Uint8Array.of(0x61)],
    ['torch.Size', [[1, 2]], [1, 2]],
    ['torch._utils._rebuild_parameter', ['tensor', true], 'tensor'],
    ['torch._utils._rebuild_parameter_with_state', ['tensor', true], 'tensor'],
    ['torch.device', ['cuda'], { kind: 'object', className: 'torch.device', args: ['cuda'], state: null }],
    ['getattr', [1, 'forward'], { kind: 'object', className: 'getattr', args: [1, 'forward'], state: null }],
    ['a.list', [[1]], { kind: 'object', className: 'a.list', args: [[1]], state: null }],
    [
      'copyreg._reconstructor',
      [named('a.Blur'), named('object'), null],
      { kind: 'object', className: 'a.Blur', args: [named('object'), null], state: null },
    ],
  ])('%s of %j', (path, args, value) => {
    expect(callGlobal(path, args, 'x')).toEqual(value)
  })

  const real = (bytes: readonly number[]) => Uint8Array.from(bytes)
  test.each<[string, Uint8Array, PickleValue]>([
    ['f8', real([0, 0, 0, 0, 0, 0, 4, 0xc0]), -2.5],
    ['f4', real([0, 0, 0x20, 0xc0]), -2.5],
    ['i8', real([0xfe, 255, 255, 255, 255, 255, 255, 255]), -2],
    ['i4', real([0xfe, 255, 255, 255]), -2],
    ['i2', real([0xfe, 255]), -2],
    ['u1', real([0xfe]), 254],
    ['b1', real([2]), true],
    ['b1', real([0]), false],
    ['f8', real([0, 0, 0x20, 0xc0]), null],
    ['f2', real([0, 0]), null],
  ])('a numpy scalar of type %s', (code, bytes, value) => {
    const dtype: PickleValue = { kind: 'object', className: 'numpy.dtype', args: [code], state: null }
    // Inside of a file, at any offset.
    const data = Uint8Array.of(9, ...bytes, 9).subarray(1, 1 + bytes.length)
    for (const core of ['core', '_core'])
      expect(callGlobal(`numpy.${core}.multiarray.scalar`, [dtype, data], 'x')).toBe(value)
  })

  test('a numpy scalar of anything else is refused', () => {
    const call =
      (...args: PickleValue[]) =>
      () =>
        callGlobal('numpy.core.multiarray.scalar', args, 'x')
    expect(call('f8', new Uint8Array(8))).toThrow("x: expected a numpy type and bytes, got 'f8', 8 bytes.")
    const dtype: PickleValue = { kind: 'object', className: 'numpy.dtype', args: [8], state: null }
    expect(call(dtype, 'text')).toThrow("got a numpy.dtype, 'text'")
    expect(call(dtype, new Uint8Array(8))()).toBeNull()
  })

  test.each(['utf8', null])('a text is encoded as latin1 only, not as %s', (encoding) => {
    expect(() => callGlobal('_codecs.encode', ['a', encoding], 'x')).toThrow(
      `x: expected a text to encode as latin1, got ${describeValue(encoding)}`,
    )
  })

  test.each(['_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_tensor_v3'])('%s', (name) => {
    const rebuild = (...args: PickleValue[]) => callGlobal(`torch._utils.${name}`, args, 'x')
    expect(rebuild(storage, 1, [1, 3], [3, 1])).toEqual({
      kind: 'tensor',
      dtype: 'float32',
      shape: [1, 3],
      stride: [3, 1],
      offset: 1,
      storage: storage.bytes,
    })
    const wrong: readonly PickleValue[][] = [
      ['storage', 1, [1], [1]],
      [storage, '1', [1], [1]],
      [storage, 1, 1, [1]],
      [storage, 1, [1], ['1']],
      [storage, 0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]],
      [{ ...storage, dtype: null }, 1, [1], [1]],
      [storage, 1, [1], [1], false, null, named('torch.float128')],
    ]
    for (const args of wrong) expect(() => rebuild(...args)).toThrow('x: expected a tensor')
    expect(() => rebuild(storage, 2, [3], [1])).toThrow('x: a tensor of shape [3] reaches element 4')
  })

  test.each([
    ['float64', 8],
    ['float32', 4],
    ['float16', 2],
    ['bfloat16', 2],
    ['int64', 8],
    ['int32', 4],
    ['int16', 2],
    ['int8', 1],
    ['uint8', 1],
    ['bool', 1],
  ])('an untyped storage is read as torch.%s, of %i bytes', (dtype, bytes) => {
    const untyped: PickleStorage = { kind: 'storage', dtype: null, key: '0', bytes: new Uint8Array(16) }
    const rebuild = (count: number) =>
      callGlobal(
        'torch._utils._rebuild_tensor_v3',
        [untyped, 0, [count], [1], false, null, named(`torch.${dtype}`)],
        'x',
      )
    expect(rebuild(16 / bytes)).toMatchObject({ dtype, shape: [16 / bytes] })
    expect(() => rebuild(16 / bytes + 1)).toThrow(`of a storage of ${16 / bytes} ${dtype} elements`)
  })
})

test('every storage of torch has its type', () => {
  expect(Object.fromEntries(STORAGE_TYPES)).toEqual({
    'torch.DoubleStorage': 'float64',
    'torch.FloatStorage': 'float32',
    'torch.HalfStorage': 'float16',
    'torch.BFloat16Storage': 'bfloat16',
    'torch.LongStorage': 'int64',
    'torch.IntStorage': 'int32',
    'torch.ShortStorage': 'int16',
    'torch.CharStorage': 'int8',
    'torch.ByteStorage': 'uint8',
    'torch.BoolStorage': 'bool',
    'torch.storage.UntypedStorage': null,
  })
})

test.each<[PickleValue | undefined, string]>([
  [undefined, 'nothing'],
  [null, 'None'],
  ['a'.repeat(41), `'${'a'.repeat(40)}'`],
  [5n, '5'],
  [true, 'true'],
  [[1, 2], 'a sequence of 2'],
  [map([1, 2]), 'a dict of 1'],
  [new Set([1]), 'a set of 1'],
  [new Uint8Array(3), '3 bytes'],
  [named('torch.Size'), 'torch.Size'],
  [{ kind: 'object', className: 'torch.device', args: [], state: null }, 'a torch.device'],
  [storage, 'storage 0'],
  [
    { kind: 'tensor', dtype: 'int8', shape: [1, 2], stride: [2, 1], offset: 0, storage: new Uint8Array(2) },
    'a tensor of shape [1,2]',
  ],
])('a value is described, as %#', (value, text) => {
  expect(describeValue(value)).toBe(text)
})

test('each kind of value is itself alone', () => {
  const values: readonly (PickleValue | undefined)[] = [
    named('torch.Size'),
    { kind: 'object', className: 'torch.device', args: [], state: null },
    storage,
    { kind: 'tensor', dtype: 'int8', shape: [], stride: [], offset: 0, storage: new Uint8Array(1) },
    null,
    undefined,
    'kind',
    new Map(),
    [],
  ]
  const own = [isGlobal, isObject, isStorage, isTensor].map((is) =>
    values.map((value) => is(value)).indexOf(true),
  )
  expect(own).toEqual([0, 1, 2, 3])
  const all = [isGlobal, isObject, isStorage, isTensor].flatMap((is) => values.filter((value) => is(value)))
  expect(all).toEqual(values.slice(0, 4))
})
