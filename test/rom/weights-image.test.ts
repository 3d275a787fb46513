import { expect, test } from 'vitest'
import { unpackRom } from '../../src/rom/formats/types.ts'
import { memoryImage } from '../../src/rom/weights-image.ts'

test.each([
  { width: 5, stride: 16 },
  { width: 128, stride: 16 },
  { width: 136, stride: 32 },
  { width: 2048, stride: 256 },
])('words of $width bits begin every $stride bytes, with zeros behind', ({ width, stride }) => {
  const depth = 7
  const bytes = Uint8Array.from(
    { length: depth * Math.ceil(width / 8) },
    (_, i) => (i * 37 + 11) % (width < 8 ? 32 : 256),
  )
  const rom = { name: 'weights', width, depth, bytes }
  const image = memoryImage(rom)
  expect(image).toHaveLength(depth * stride)
  const words = Array.from({ length: depth }, (_, word) =>
    image
      .subarray(word * stride, (word + 1) * stride)
      .reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  )
  expect(words).toEqual(unpackRom(rom))
})
