import { describe, expect, test } from 'vitest'
import { silu } from '../../src/graph/activation.ts'
import { makeActivationTable } from '../../src/quantise/activation-table.ts'
import { toQuantParams } from '../../src/quantise/integer-graph.ts'

describe('toQuantParams (A-1)', () => {
  // scale = (high - low) / (2^bits - 1), with zero inside; zero point = -low / scale, to the nearest.
  test.each([
    { because: 'no negative value', low: 0, high: 255, bits: 8, scale: 1, zeroPoint: 0 },
    { because: 'a code for -1', low: -1, high: 254, bits: 8, scale: 1, zeroPoint: 1 },
    { because: 'no positive value', low: -15, high: 0, bits: 4, scale: 1, zeroPoint: 15 },
    { because: 'zero is added below', low: 3, high: 7.5, bits: 4, scale: 0.5, zeroPoint: 0 },
    { because: 'zero is added above', low: -30, high: -2, bits: 4, scale: 2, zeroPoint: 15 },
    { because: '3.25 rounds to 3', low: -3.25, high: 11.75, bits: 4, scale: 1, zeroPoint: 3 },
    { because: '3.75 rounds to 4', low: -3.75, high: 11.25, bits: 4, scale: 1, zeroPoint: 4 },
    { because: 'the ends are not symmetric', low: -127.5, high: 0, bits: 8, scale: 0.5, zeroPoint: 255 },
    { because: '16 bits', low: -65535, high: 65535, bits: 16, scale: 2, zeroPoint: 32768 },
    { because: 'a constant zero has scale 1', low: 0, high: 0, bits: 8, scale: 1, zeroPoint: 0 },
  ])('$because', ({ low, high, bits, scale, zeroPoint }) => {
    expect(toQuantParams({ low, high }, bits)).toEqual({ scale, zeroPoint, bits })
  })
})

test('silu is x * sigmoid(x)', () => {
  // sigmoid(x) = (1 + tanh(x / 2)) / 2
  for (const x of [-20, -1.5, -0.1, 0, 0.25, 3, 30])
    expect(silu(x)).toBeCloseTo((x * (1 + Math.tanh(x / 2))) / 2, 12)
})

describe('makeActivationTable (A-5)', () => {
  // Index: S_p = 0.5, Z_p = 6, 4 bits: p stands for (p - 6) / 2, from -3 to 4.5. silu of these, then by 4 (S_y = 0.25), to the nearest:
  // -3: -0.142 -> -0.57 -> -1; -2.5: -0.190 -> -0.76; -2: -0.238 -> -0.95; -1.5: -0.274 -> -1.09; -1: -0.269 -> -1.08;
  // -0.5: -0.189 -> -0.76, all -1; 0: 0; 0.5: 0.311 -> 1.24 -> 1; 1: 0.731 -> 2.92 -> 3; 1.5: 1.226 -> 4.91 -> 5; 2: 1.762 -> 7.05 -> 7;
  // 2.5: 2.310 -> 9.24 -> 9; 3: 2.858 -> 11.43 -> 11; 3.5: 3.397 -> 13.59 -> 14; 4: 3.928 -> 15.71 -> 16; 4.5: 4.451 -> 17.80 -> 18.
  const index = { scale: 0.5, zeroPoint: 6, bits: 4 }

  test('every code of the index gives the nearest code, and its zero point comes before the clamp', () => {
    const output = { scale: 0.25, zeroPoint: 2, bits: 4 }
    expect(makeActivationTable(index, output)).toEqual(
      Uint8Array.of(1, 1, 1, 1, 1, 1, 2, 3, 5, 7, 9, 11, 13, 15, 15, 15),
    )
  })

  test('what is below the first code becomes 0', () => {
    const output = { scale: 0.25, zeroPoint: 0, bits: 8 }
    expect(makeActivationTable(index, output)).toEqual(
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 3, 5, 7, 9, 11, 14, 16, 18),
    )
  })

  test('more than 8 bits of output are held in words; the length is that of the index', () => {
    const one = { scale: 1, zeroPoint: 1, bits: 1 }
    // silu(-1) = -0.269 is -4.3 of 1/16: -4, silu(0) = 0.
    expect(makeActivationTable(one, { scale: 1 / 16, zeroPoint: 300, bits: 9 })).toEqual(
      Uint16Array.of(296, 300),
    )
    expect(makeActivationTable(one, { scale: 1 / 16, zeroPoint: 200, bits: 8 })).toEqual(
      Uint8Array.of(196, 200),
    )
  })
})
