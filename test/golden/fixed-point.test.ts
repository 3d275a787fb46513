import { describe, expect, test } from 'vitest'
import { clamp, requantise, shiftRoundHalfUp } from '../../src/golden/fixed-point.ts'
import { edgeAccumulators } from './edge-graph.ts'

/** A-4 in integers of any width: >> of a BigInt is the floor. */
function requantiseWide(acc: bigint, m: bigint, s: bigint, z: bigint, bits: bigint): bigint {
  const half = s === 0n ? 0n : 1n << (s - 1n)
  const code = z + ((acc * m + half) >> s)
  const largest = (1n << bits) - 1n
  return code < 0n ? 0n : code > largest ? largest : code
}

describe('A-4 requantise', () => {
  test.each([
    { because: '0.5 rounds up', acc: 1, shift: 1, code: 1 },
    { because: '-0.5 rounds up too', acc: -1, shift: 1, code: 0 },
    { because: '1.5 rounds up', acc: 3, shift: 1, code: 2 },
    { because: '-1.5 rounds up, to -1, and the zero point makes it 9', acc: -3, shift: 1, zero: 10, code: 9 },
    { because: 'just under a half rounds down', acc: 3, shift: 3, code: 0 },
    { because: 'a shift of 0 has no half', acc: 7, shift: 0, code: 7 },
    {
      because: 'saturation comes last: the zero point is added before it',
      acc: 300,
      shift: 0,
      zero: 20,
      code: 255,
    },
    { because: 'below zero saturates at 0', acc: -300, shift: 0, zero: 20, code: 0 },
    { because: 'the zero point can bring a negative value back', acc: -15, shift: 0, zero: 20, code: 5 },
  ])('$because', ({ acc, shift, zero = 0, code }) => {
    expect(requantise(acc, { multiplier: 1, shift, zeroPoint: zero, bits: 8 })).toBe(code)
  })

  test('equals a wide reference at every edge', () => {
    let compared = 0
    for (const acc of edgeAccumulators()) {
      for (const multiplier of [0, 1, 2, 3, 0x7fff, 0x8000, 0x8001, 0xaaaa, 0xfffe, 0xffff]) {
        for (let shift = 0; shift <= 47; shift++) {
          for (const [zeroPoint, bits] of [
            [0, 8],
            [128, 8],
            [255, 8],
            [7, 4],
            [65535, 16],
          ] as const) {
            const code = requantise(acc, { multiplier, shift, zeroPoint, bits })
            const wide = requantiseWide(
              BigInt(acc),
              BigInt(multiplier),
              BigInt(shift),
              BigInt(zeroPoint),
              BigInt(bits),
            )
            if (code !== Number(wide)) {
              expect.fail(
                `acc ${acc} M ${multiplier} s ${shift} Z ${zeroPoint} n ${bits}: expected ${wide}, received ${code}`,
              )
            }
            compared++
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(500_000)
  })
})

test('shiftRoundHalfUp equals BigInt shifts up to 2^48, unclamped', () => {
  let compared = 0
  for (let i = 0; i <= 48; i++) {
    for (const near of [-2, -1, 0, 1, 2]) {
      for (const sign of [-1, 1]) {
        const x = sign * 2 ** i + near
        for (let s = 1; s <= 47; s++) {
          const wide = (BigInt(x) + (1n << BigInt(s - 1))) >> BigInt(s)
          if (BigInt(shiftRoundHalfUp(x, s)) !== wide) expect.fail(`${x} by ${s}: expected ${wide}`)
          compared++
        }
      }
    }
  }
  expect(compared).toBe(49 * 5 * 2 * 47)
})

test('clamp keeps both ends', () => {
  expect([-1, 0, 1, 254, 255, 256].map((x) => clamp(x, 0, 255))).toEqual([0, 0, 1, 254, 255, 255])
})
