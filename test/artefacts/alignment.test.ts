/** Re-zipped checkpoints have their records at any byte: every element type is read from every place. */
import { expect, test } from 'vitest'
import { readNpy, writeNpy } from '../../src/artefacts/npy.ts'
import { readSafetensors, writeSafetensors } from '../../src/artefacts/safetensors.ts'
import { originalTensors } from '../../src/artefacts/weight-tensors.ts'
import { type DType, ITEM_BYTES, toFloat32 } from '../../src/checkpoint/tensor.ts'

/** The same bytes at every distance from a boundary, as views of a Buffer and of a Uint8Array. */
function* places(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < 8; offset++) {
    const pool = Buffer.alloc(bytes.length + offset + 1)
    pool.set(bytes, offset)
    yield pool.subarray(offset, offset + bytes.length)
    yield new Uint8Array(pool.buffer, pool.byteOffset + offset, bytes.length)
  }
}

test.each(Object.keys(ITEM_BYTES) as DType[])('a checkpoint tensor of %s', (dtype) => {
  const bytes = Uint8Array.from({ length: 4 * ITEM_BYTES[dtype] }, (_, i) => (i * 7) % 60)
  const results = [...places(bytes)].map((storage) => {
    const tensor = { kind: 'tensor', dtype, shape: [3], stride: [1], offset: 1, storage } as const
    return [originalTensors(new Map([['t', tensor]])).get('t')!.data, toFloat32(tensor)]
  })
  for (const result of results) expect(result).toEqual(results[0])
  expect(results[0]![0] instanceof BigInt64Array).toBe(!dtype.includes('float'))
})

test('integers of a checkpoint are exact, whatever their width and order', () => {
  const storage = new Uint8Array(Int32Array.of(16_777_217, -16_777_219, 2 ** 31 - 1, -(2 ** 31)).buffer)
  const tensor = {
    kind: 'tensor',
    dtype: 'int32',
    shape: [2, 2],
    stride: [1, 2],
    offset: 0,
    storage,
  } as const
  expect(originalTensors(new Map([['t', tensor]])).get('t')!.data).toEqual(
    BigInt64Array.of(16_777_217n, 2n ** 31n - 1n, -16_777_219n, -(2n ** 31n)),
  )
  const wide = new Uint8Array(BigInt64Array.of(2n ** 53n + 1n, -(2n ** 62n) - 1n).buffer)
  const long = {
    kind: 'tensor',
    dtype: 'int64',
    shape: [2, 1],
    stride: [1, 7],
    offset: 0,
    storage: wide,
  } as const
  expect(originalTensors(new Map([['t', long]])).get('t')!.data).toEqual(
    BigInt64Array.of(2n ** 53n + 1n, -(2n ** 62n) - 1n),
  )
})

test('.npy and .safetensors', () => {
  const tensors = [
    Float64Array.of(1, 2),
    BigInt64Array.of(-1n, 2n),
    Float32Array.of(1, 2),
    Int32Array.of(1, -2),
    Uint16Array.of(1, 2),
    Int8Array.of(1, -2),
  ].map((data) => ({ shape: [2], data }))
  for (const tensor of tensors) {
    for (const bytes of places(writeNpy(tensor))) expect(readNpy(bytes)).toEqual(tensor)
    const file = { tensors: new Map([['t', tensor]]), metadata: new Map<string, string>() }
    for (const bytes of places(writeSafetensors(file))) expect(readSafetensors(bytes)).toEqual(file)
  }
})
