import { describe, expect, test } from 'vitest'
import { type DType, type Tensor, toFloat32 } from '../../src/checkpoint/tensor.ts'

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
