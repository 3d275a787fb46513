import { expect, test } from 'vitest'
import { KernelMemory } from '../../src/golden/engine-kernel.ts'

test('a memory serves one engine after the other, large or small, and is zero for each', () => {
  const memory = new KernelMemory()
  for (const bytes of [100, 200_000, 100, 65_536, 200_001]) {
    const buffer = memory.reserve(bytes)
    expect(buffer.byteLength).toBeGreaterThanOrEqual(bytes)
    const own = new Uint8Array(buffer, 0, bytes)
    expect(own.every((byte) => byte === 0)).toBe(true)
    own.fill(255)
  }
})

test('an engine above 4 GiB is refused before anything is allocated', () => {
  expect(() => new KernelMemory().reserve(2 ** 32 + 1)).toThrow(/4294967297 bytes, above WebAssembly's 4 GiB/)
})
