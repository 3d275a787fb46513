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
  if (dtype === 'int64') expect(results[0]![0]).toBeInstanceOf(BigInt64Array)
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
