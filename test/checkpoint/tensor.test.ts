import { describe, expect, test } from 'vitest'
import {
  checkTensor,
  countElements,
  type DType,
  isContiguous,
  type Tensor,
  toFloat32,
  toInt64,
} from '../../src/checkpoint/tensor.ts'

const tensor = (
  dtype: DType,
  storage: ArrayBufferView,
  shape: number[],
  stride: number[],
  offset = 0,
): Tensor => ({
  kind: 'tensor',
  dtype,
  shape,
  stride,
  offset,
  storage: new Uint8Array(storage.buffer),
})

describe('toFloat32', () => {
  test.each<{ dtype: DType; storage: ArrayBufferView; values: number[] }>([
    { dtype: 'float64', storage: Float64Array.of(0.1, -2), values: [Math.fround(0.1), -2] },
    { dtype: 'float32', storage: Float32Array.of(0.1, -2), values: [Math.fround(0.1), -2] },
    { dtype: 'bfloat16', storage: Uint16Array.of(0x3f80, 0xc049), values: [1, -3.140625] },
    { dtype: 'int64', storage: BigInt64Array.of(462500n, -1n), values: [462500, -1] },
    { dtype: 'int32', storage: Int32Array.of(-70000), values: [-70000] },
    { dtype: 'int16', storage: Int16Array.of(-300), values: [-300] },
    { dtype: 'int8', storage: Int8Array.of(-128), values: [-128] },
    { dtype: 'uint8', storage: Uint8Array.of(255), values: [255] },
    { dtype: 'bool', storage: Uint8Array.of(0, 1, 2), values: [0, 1, 1] },
  ])('$dtype', ({ dtype, storage, values }) => {
    expect([...toFloat32(tensor(dtype, storage, [values.length], [1]))]).toEqual(values)
  })

  test('half precision: named values of IEEE 754, table 3.5', () => {
    const bits = Uint16Array.of(
      0x3c00,
      0xc000,
      0x7bff,
      0x0400,
      0x03ff,
      0x0001,
      0x8000,
      0x7c00,
      0xfc00,
      0x7e00,
    )
    const expected = [1, -2, 65504, 2 ** -14, 2 ** -14 - 2 ** -24, 2 ** -24, -0]
    const values = [...toFloat32(tensor('float16', bits, [10], [1]))]
    expect(values.slice(0, 7)).toEqual(expected)
    expect(Object.is(values[6], -0)).toBe(true)
    expect(values.slice(7)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
  })

  test('half precision: every finite number is what its digits say', () => {
    const all = toFloat32(
      tensor(
        'float16',
        Uint16Array.from({ length: 65536 }, (_, i) => i),
        [65536],
        [1],
      ),
    )
    const wrong: number[] = []
    for (let bits = 0; bits < 0x7c00; bits++) {
      // Counting up through the codes, neighbours differ by the step of their binade.
      const step = bits === 0x7bff ? Number.POSITIVE_INFINITY : 2 ** (Math.max(bits >> 10, 1) - 25)
      if (all[bits + 1]! - all[bits]! !== step || all[bits + 32768] !== -all[bits]!) wrong.push(bits)
    }
    expect(wrong).toEqual([])
  })

  test.each([
    { because: 'transposed', shape: [2, 3], stride: [1, 2], offset: 0, values: [0, 2, 4, 1, 3, 5] },
    { because: 'a slice', shape: [2, 2], stride: [3, 1], offset: 1, values: [1, 2, 4, 5] },
    { because: 'a single number', shape: [], stride: [], offset: 4, values: [4] },
    {
      because: 'permuted in three axes',
      shape: [2, 1, 3],
      stride: [1, 6, 2],
      offset: 0,
      values: [0, 2, 4, 1, 3, 5],
    },
    { because: 'nothing', shape: [0, 3], stride: [3, 1], offset: 0, values: [] },
  ])('$because', ({ shape, stride, offset, values }) => {
    expect([
      ...toFloat32(tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5), shape, stride, offset)),
    ]).toEqual(values)
  })

  test('a small storage repeated a million times is refused before anything is allocated', () => {
    const bomb = tensor('float32', Float32Array.of(1), [2 ** 40], [0])
    expect(() => toFloat32(bomb, 'x')).toThrow('x: a tensor of shape [1099511627776] repeats')
  })
})

test.each<{ dtype: DType; storage: ArrayBufferView; values: number[] }>([
  { dtype: 'float64', storage: Float64Array.of(0, 0.1, 9, -2), values: [Math.fround(0.1), -2] },
  { dtype: 'float32', storage: Float32Array.of(0, 0.5, 9, -2), values: [0.5, -2] },
  { dtype: 'float16', storage: Uint16Array.of(0, 0x3c00, 9, 0xc000), values: [1, -2] },
  { dtype: 'bfloat16', storage: Uint16Array.of(0, 0x3f80, 9, 0xc049), values: [1, -3.140625] },
  { dtype: 'int64', storage: BigInt64Array.of(0n, 462500n, 9n, -1n), values: [462500, -1] },
  { dtype: 'bool', storage: Uint8Array.of(0, 0, 9, 2), values: [0, 1] },
])('every second $dtype is read from its place', ({ dtype, storage, values }) => {
  expect([...toFloat32(tensor(dtype, storage, [2], [2], 1))]).toEqual(values)
})

test.each<{ dtype: DType; storage: ArrayBufferView; offset: number; values: number[] }>([
  { dtype: 'float64', storage: Float64Array.of(0, 0.1, -2), offset: 1, values: [Math.fround(0.1), -2] },
  { dtype: 'float32', storage: Float32Array.of(0, 0.5, -2), offset: 1, values: [0.5, -2] },
  { dtype: 'float16', storage: Uint16Array.of(0, 0x3c00, 0xc000), offset: 1, values: [1, -2] },
])('a run of $dtype begins at its offset', ({ dtype, storage, offset, values }) => {
  const run = tensor(dtype, storage, [2], [1], offset)
  expect([...toFloat32(run)]).toEqual(values)
  // What is read is a copy: the file's bytes stay as they are.
  toFloat32(run).fill(7)
  expect([...toFloat32(run)]).toEqual(values)
})

describe('toInt64', () => {
  test('gives what a number cannot hold', () => {
    const large = 2n ** 62n + 1n
    const values = toInt64(tensor('int64', BigInt64Array.of(0n, large, 9n, -large), [2], [2], 1))
    expect([...values]).toEqual([large, -large])
  })

  test('gives integers of other types', () => {
    expect([...toInt64(tensor('int32', Int32Array.of(0, -70000, 9, 3), [2], [2], 1))]).toEqual([-70000n, 3n])
    expect([...toInt64(tensor('float64', Float64Array.of(2 ** 53), [], []))]).toEqual([2n ** 53n])
  })

  test.each<DType>(['int64', 'int32'])(
    'refuses a view that repeats elements of a smaller storage, of %s',
    (dtype) => {
      const bomb = tensor(dtype, BigInt64Array.of(1n), [2 ** 40], [0])
      expect(() => toInt64(bomb, 'x')).toThrow('x: a tensor of shape [1099511627776] repeats')
    },
  )
})

test.each([
  { shape: [], stride: [], is: true },
  { shape: [2, 3], stride: [3, 1], is: true },
  { shape: [2, 3], stride: [1, 2], is: false },
  { shape: [2, 1, 3], stride: [3, 9, 1], is: true },
  { shape: [2, 3], stride: [4, 1], is: false },
  { shape: [3], stride: [2], is: false },
])('shape $shape with stride $stride is in C order: $is', ({ shape, stride, is }) => {
  const found = tensor('uint8', new Uint8Array(9), shape, stride)
  expect(isContiguous(found)).toBe(is)
  expect(countElements(found)).toBe(shape.reduce((product, dim) => product * dim, 1))
})

describe('checkTensor', () => {
  const check = (shape: number[], stride: number[], offset = 0, dtype: DType = 'int16') =>
    checkTensor(tensor(dtype, new Uint8Array(11), shape, stride, offset), 'x')

  test.each([
    [[5], [1], 0],
    [[2, 2], [2, 1], 1],
    [[2, 3], [0, 2], 0],
    [[], [], 4],
    [[0, 9], [9, 1], 99],
    [new Array(8).fill(1), new Array(8).fill(99), 0],
  ])('takes shape %j with stride %j at %i in a storage of five', (shape, stride, offset) => {
    expect(check(shape, stride, offset)).toBeUndefined()
  })

  test.each([
    [[6], [1], 0, 'x: a tensor of shape [6] reaches element 5 of a storage of 5 int16 elements.'],
    [[2, 2], [2, 1], 2, 'reaches element 5'],
    [[2, 2], [4, 1], 0, 'reaches element 5'],
    [[], [], 5, 'reaches element 5'],
    [[2], [1, 1], 0, 'x: a tensor has shape [2], stride [1,1] and offset 0.'],
    [[1.5], [1], 0, 'shape [1.5]'],
    [[2], [-1], 1, 'stride [-1]'],
    [[2], [0.5], 0, 'stride [0.5]'],
    [[1], [1], 0.5, 'offset 0.5'],
    [[0], [1], -1, 'offset -1'],
    [new Array(9).fill(1), new Array(9).fill(1), 0, 'shape [1,1,1,1,1,1,1,1,1]'],
    [[2 ** 53], [1], 0, 'a tensor has shape'],
  ])('refuses shape %j with stride %j at %d', (shape, stride, offset, message) => {
    expect(() => check(shape, stride, offset)).toThrow(message)
  })
})
