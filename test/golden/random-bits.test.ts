import { expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'

/** Steele, Lea and Flood's construction over the finaliser of MurmurHash3 (fmix32), in integers of any width. */
function next(state: bigint): bigint {
  const low = (x: bigint) => x & 0xffffffffn
  let x = state
  x = low((x ^ (x >> 16n)) * 0x85ebca6bn)
  x = low((x ^ (x >> 13n)) * 0xc2b2ae35n)
  return x ^ (x >> 16n)
}

test.each([0, 1, 2 ** 32 - 1, -1, 123456789])('seed %i gives the sequence of the paper', (seed) => {
  const random = createRandom(seed)
  const first = BigInt(seed) & 0xffffffffn
  const expected = Array.from({ length: 50 }, (_, i) =>
    next((first + BigInt(i + 1) * 0x9e3779b9n) & 0xffffffffn),
  )
  expect(Array.from({ length: 50 }, () => random())).toEqual(expected.map(Number))
})
