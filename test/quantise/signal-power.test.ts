import { describe, expect, test } from 'vitest'
import {
  addPower,
  measurePower,
  NO_POWER,
  quantiseReal,
  toDecibels,
} from '../../src/quantise/signal-power.ts'
import { signalToNoise } from '../../src/quantise/signal-to-noise.ts'

describe('power of signal and noise', () => {
  const real = Float32Array.of(3, -4, 0)
  const other = Float32Array.of(2, -4, 2)

  test('sums of squares, of the values and of the differences', () => {
    expect(measurePower(real, other)).toEqual({ signal: 25, noise: 5 })
  })

  test('what is below the floor counts as the floor, on both sides', () => {
    // 3, -1, 0 and 2, -1, 2
    expect(measurePower(real, other, -1)).toEqual({ signal: 10, noise: 5 })
    // 3, 1, 1 and 2, 1, 2
    expect(measurePower(real, other, 1)).toEqual({ signal: 11, noise: 2 })
  })

  test('adds up over images', () => {
    expect(addPower({ signal: 1, noise: 2 }, { signal: 30, noise: 40 })).toEqual({ signal: 31, noise: 42 })
    expect(addPower(NO_POWER, { signal: 1, noise: 2 })).toEqual({ signal: 1, noise: 2 })
  })

  test('in decibels', () => {
    expect(toDecibels({ signal: 1000, noise: 1 })).toBeCloseTo(30, 12)
    expect(toDecibels({ signal: 1, noise: 100 })).toBeCloseTo(-20, 12)
    expect(toDecibels({ signal: 1, noise: 0 })).toBe(Number.POSITIVE_INFINITY)
  })

  test('needs as many values', () => {
    expect(() => measurePower(real, new Float32Array(2))).toThrow(
      new RangeError('Expected 3 values to compare, got 2'),
    )
  })
})

test('signal to noise of codes, by their scale and zero point', () => {
  const quant = { scale: 0.5, zeroPoint: 4, bits: 8 }
  // 0.5 * (10 - 4) = 3, 0.5 * (0 - 4) = -2: noise 0 and 1 of a signal of 9 + 1.
  expect(signalToNoise(Float32Array.of(3, -1), Uint8Array.of(10, 0), quant)).toBeCloseTo(10, 12)
  expect(signalToNoise(Float32Array.of(3, -2), Uint8Array.of(10, 0), quant)).toBe(Number.POSITIVE_INFINITY)
})

test('the nearest codes, clamped to the bits (A-1)', () => {
  const quant = { scale: 0.5, zeroPoint: 4, bits: 4 }
  // 1.2 / 0.5 = 2.4 -> 6, 1.3 / 0.5 = 2.6 -> 7, -2 -> 0, -9 clamped, 5.5 -> 15, 9 clamped
  const values = Float32Array.of(1.2, 1.3, -2, -9, 5.5, 9)
  expect(quantiseReal(values, quant)).toEqual(Uint8Array.of(6, 7, 0, 0, 15, 15))
  expect(quantiseReal(values, { ...quant, bits: 8 })).toEqual(Uint8Array.of(6, 7, 0, 0, 15, 22))
  expect(quantiseReal(Float32Array.of(1000), { ...quant, bits: 9 })).toEqual(Uint16Array.of(511))
})
