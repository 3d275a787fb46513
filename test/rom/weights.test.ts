/** Weights and parameters in the engine's lanes, worked bit by bit (docs/detector.md, "ROMs"). */
import { describe, expect, test } from 'vitest'
import { orBits } from '../../src/rom/formats/bits.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import type { Placement } from '../../src/rom/placement.ts'
import {
  groupsOf,
  layWeights,
  planConvLanes,
  planLanes,
  planSpaceToDepthLanes,
  weightWords,
} from '../../src/rom/weights.ts'
import { makeConv as makeHandConv } from './hand-made.ts'

const own = (inputLanes: number, outputLanes: number, weightBits: number): EngineParameters => ({
  ...DEFAULT_ENGINE,
  inputLanes,
  outputLanes,
  weightBits,
})

const makeConv = ([outputs, inChannels, kernel]: readonly [number, number, number], part = {}) =>
  makeHandConv('conv', 'images', [outputs, 2, 2], { inChannels, kernel, ...part })

describe('lanes', () => {
  test('a tap is every block once; an idle input lane has no product', () => {
    // Channels 0, 1 | 2, idle: two blocks of two lanes. Element [ci, ky, kx] of an output's weights is 9 ci + tap.
    const lanes = planLanes(makeConv([1, 3, 3]), Int32Array.of(0, 1, 2, -1), Int32Array.of(0), own(2, 2, 8))
    expect(lanes.kernel).toBe(3)
    expect(lanes.inputBlocks).toBe(2)
    expect(Array.from(lanes.taps)).toEqual(
      Array.from({ length: 9 }, (_, tap) => [tap, 9 + tap, 18 + tap, -1]).flat(),
    )
    expect(Array.from(lanes.outputs)).toEqual([0, -1])
    expect(groupsOf(lanes, own(2, 2, 8))).toBe(1)
    expect(weightWords(lanes, own(2, 2, 8))).toBe(9 * 2)
  })

  test('output lanes are filled up to a whole group', () => {
    const lanes = planLanes(
      makeConv([4, 1, 1]),
      Int32Array.of(0, -1),
      Int32Array.of(0, 1, 2, -1, 3, -1),
      own(2, 4, 8),
    )
    expect(Array.from(lanes.outputs)).toEqual([0, 1, 2, -1, 3, -1, -1, -1])
    expect(groupsOf(lanes, own(2, 4, 8))).toBe(2)
    expect(weightWords(lanes, own(2, 4, 8))).toBe(2)
  })

  // A word holds pixels (0, 0), (1, 0), (0, 1), (1, 1) of a 2x2 square. With padding 1 the first square begins one line and one column
  // before the kernel, so that only its last pixel meets tap 0; with padding 0 the last square ends one after it.
  test.each([
    { padding: 1, taps: [-1, -1, -1, 0].concat([-1, -1, 1, 2], [-1, 3, -1, 6], [4, 5, 7, 8]) },
    { padding: 0, taps: [0, 1, 3, 4].concat([2, -1, 5, -1], [6, 7, -1, -1], [8, -1, -1, -1]) },
  ])('a 3x3 kernel on 2x2 pixels a word, padding $padding', ({ padding, taps }) => {
    const one = planSpaceToDepthLanes(makeConv([1, 1, 3], { padding }), Int32Array.of(0), own(4, 4, 8))
    expect([one.kernel, one.inputBlocks, Array.from(one.outputs)]).toEqual([2, 1, [0, -1, -1, -1]])
    expect(Array.from(one.taps)).toEqual(taps)
    expect(weightWords(one, own(4, 4, 8))).toBe(4)
    // Two channels: lane 2 corner + channel, element 9 channel + tap; the lanes from 8 on are idle.
    const two = planSpaceToDepthLanes(makeConv([1, 2, 3], { padding }), Int32Array.of(0), own(9, 9, 8))
    const both = taps.flatMap((tap) => (tap < 0 ? [-1, -1] : [tap, 9 + tap]))
    expect(Array.from(two.taps)).toEqual(
      [0, 8, 16, 24].flatMap((begin) => [...both.slice(begin, begin + 8), -1]),
    )
  })

  test('a convolution runs as its input is stored', () => {
    const place = (channels: readonly number[], spaceToDepth: boolean): Placement => ({
      ...{ base: 0, plane: 1, pitch: 1, width: 2, height: 2, blocks: 1 },
      channels: Int32Array.from(channels),
      spaceToDepth,
    })
    const conv = makeConv([1, 1, 3])
    const output = place([0, -1, -1, -1], false)
    const stored = planConvLanes(conv, place([0, -1, -1, -1], true), output, own(4, 4, 8))
    const plain = planConvLanes(conv, place([0, -1, -1, -1], false), output, own(4, 4, 8))
    expect([stored.kernel, plain.kernel]).toEqual([2, 3])
    expect([stored.outputs, plain.outputs]).toEqual([output.channels, output.channels])
  })
})

describe('weight words', () => {
  test('of 3 bits: lane (o, i) in bits (2 o + i) * 3, two words after the base', () => {
    const conv = makeConv([3, 2, 1], { weightBits: 3, weight: Int8Array.of(1, -1, 2, -3, 3, -2) })
    const engine = own(2, 2, 3)
    const lanes = planLanes(conv, Int32Array.of(0, 1), Int32Array.of(0, 1, 2, -1), engine)
    const bytes = new Uint8Array(8)
    layWeights(bytes, 1, conv, lanes, engine)
    // Channels 1 and 0: 101 010 | 111 001 = 0xab9. Idle and 2: 000 000 | 110 011 = 0x033. Bytes least significant first.
    expect(Array.from(bytes)).toEqual([0, 0, 0xb9, 0x0a, 0x33, 0x00, 0, 0])
  })

  test('of 8 bits: a byte a lane, each step a word, each group after the other', () => {
    // Weight [o, ci] = 16 o + ci + 1, and the last one -128. Channel 2 has a lane of the second block to itself.
    const weight = Int8Array.from([1, 2, 3].concat([17, 18, 19], [33, 34, -128]))
    const conv = makeConv([3, 3, 1], { weight })
    const engine = own(2, 2, 8)
    const lanes = planLanes(conv, Int32Array.of(0, 1, 2, -1), Int32Array.of(0, 1, 2, -1), engine)
    const bytes = new Uint8Array(5 * 4)
    layWeights(bytes, 1, conv, lanes, engine)
    expect(Array.from(bytes)).toEqual(
      [0, 0, 0, 0].concat([1, 2, 17, 18], [3, 0, 19, 0], [33, 34, 0, 0], [128, 0, 0, 0]),
    )
  })

  test('a code whose bits end within a byte does not touch the next one', () => {
    const bytes = Uint8Array.of(0x80, 0x01, 0)
    orBits(bytes, 9, 0b111)
    expect(Array.from(bytes)).toEqual([0x80, 0x0f, 0])
    orBits(bytes, 13, 0b11111)
    expect(Array.from(bytes)).toEqual([0x80, 0xef, 0x03])
    orBits(bytes, 16, 0xff)
    expect(Array.from(bytes)).toEqual([0x80, 0xef, 0xff])
  })
})
