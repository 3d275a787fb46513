/** Words of the parameter ROM, worked byte by byte (docs/detector.md, "ROMs"). */
import { expect, test } from 'vitest'
import { ASSAY, PROFILES } from '../../src/arithmetic/built-in.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import { carriedBias, layParams, unitShift } from '../../src/rom/params.ts'
import { rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'
import { planLanes } from '../../src/rom/weights.ts'
import { makeConv } from './hand-made.ts'

const engine: EngineParameters = { ...DEFAULT_ENGINE, inputLanes: 2, outputLanes: 2 }
const layoutOf = (name: string) => {
  const profile = PROFILES.find((one) => one.name === name)!
  return { profile, unit: rtlArithmetic(profile).requantise, inputBits: 8 }
}

test('a parameter word has 64 bits a lane: bias, multiplier, shift; idle lanes are zero', () => {
  const conv = makeConv('conv', 'images', [3, 2, 2], {
    bias: Int32Array.of(0x0102_0304, -2, 5),
    multiplier: Uint16Array.of(0xa1b2, 0x8001, 7),
    shift: Uint8Array.of(47, 1, 0),
  })
  const lanes = planLanes(conv, Int32Array.of(0, -1), Int32Array.of(0, 1, 2, -1), engine)
  // The words are a part of a larger array: the view begins where the bytes do.
  const bytes = new Uint8Array(8 + 3 * 16).subarray(8)
  layParams(bytes, 1, conv, lanes, engine, layoutOf('assay'))
  const idle = new Array<number>(8).fill(0)
  expect(Array.from(bytes)).toEqual([
    ...[...idle, ...idle],
    ...[0x04, 0x03, 0x02, 0x01, 0xb2, 0xa1, 47, 0],
    ...[0xfe, 0xff, 0xff, 0xff, 0x01, 0x80, 1, 0],
    ...[5, 0, 0, 0, 7, 0, 0, 0],
    ...idle,
  ])
})

test('of a multiplier above 16 bits it has 96, and s has a sign', () => {
  const conv = makeConv('conv', 'images', [2, 2, 2], {
    weight: Int8Array.of(3, 0),
    bias: Int32Array.of(1000, -2),
    multiplier: Uint32Array.of(0x7a1b_2c3d, 0x4000_0000),
    shift: Int8Array.of(-2, 31),
  })
  const lanes = planLanes(conv, Int32Array.of(0, -1), Int32Array.of(0, 1), engine)
  const bytes = new Uint8Array(2 * 24)
  layParams(bytes, 1, conv, lanes, engine, layoutOf('tflite'))
  expect(Array.from(bytes.subarray(0, 24))).toEqual(new Array<number>(24).fill(0))
  expect(Array.from(bytes.subarray(24))).toEqual([
    // 1000 - 128 * 3 = 616.
    ...[0x68, 0x02, 0, 0, 0x3d, 0x2c, 0x1b, 0x7a, 0xfe, 0, 0, 0],
    ...[0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0x40, 31, 0, 0, 0],
  ])
})

test('a shift alone has 64 bits', () => {
  const conv = makeConv('conv', 'images', [1, 2, 2], { shift: Int8Array.of(-7) })
  const lanes = planLanes(conv, Int32Array.of(0, -1), Int32Array.of(0), engine)
  const bytes = new Uint8Array(16)
  layParams(bytes, 0, conv, lanes, engine, layoutOf('power-of-two-floor'))
  expect(Array.from(bytes)).toEqual([0, 0, 0, 0, 0, 0, 0xf9, 0, ...new Array<number>(8).fill(0)])
})

test('the bias of carried codes is that of the codes less 2^(n-1) times the weights, modulo 2^32', () => {
  const part = { weight: Int8Array.of(-7, -7), bias: Int32Array.of(2 ** 31 - 1, 5) }
  const conv = makeConv('conv', 'images', [2, 2, 2], part)
  expect(carriedBias(conv, 0, { ...layoutOf('tflite'), inputBits: 4 })).toBe(-(2 ** 31) + 55)
  expect(carriedBias(conv, 1, { ...layoutOf('tflite'), inputBits: 8 })).toBe(5 + 128 * 7)
  expect(carriedBias(conv, 1, { ...layoutOf('assay'), profile: ASSAY })).toBe(5)
})

test.each([
  { LeftShift: 0, MostShift: 47, shift: -1, unit: 0 },
  { LeftShift: 1, MostShift: 47, shift: -1, unit: -1 },
  { LeftShift: 1, MostShift: 0, shift: 5, unit: 0 },
  { LeftShift: 0, MostShift: 47, shift: 47, unit: 47 },
])(
  's of $shift is $unit where LeftShift is $LeftShift and MostShift $MostShift',
  ({ unit, shift, ...own }) => {
    expect(unitShift(own, shift)).toBe(unit)
  },
)
