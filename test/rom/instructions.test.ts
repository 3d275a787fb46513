/** From a node and the places of its tensors to an instruction. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import type { IntegerNode } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'
import { arithmeticOf } from '../../src/rom/graph-arithmetic.ts'
import { makeDetectInstruction, makeInstruction } from '../../src/rom/instructions.ts'
import type { Laid } from '../../src/rom/lay-roms.ts'
import type { Placement } from '../../src/rom/placement.ts'
import { HAND_ENGINE, makeConv, makeHandGraph } from './hand-made.ts'

/** A place whose numbers are all `n` and a digit. */
const place = (n: number, spaceToDepth = false): Placement => ({
  ...{ base: 10 * n + 1, plane: 10 * n + 2, pitch: 10 * n + 3 },
  ...{ width: 10 * n + 4, height: 10 * n + 5, blocks: 10 * n + 6 },
  channels: Int32Array.of(),
  spaceToDepth,
})
const placements = new Map([
  ['x', place(1)],
  ['image', place(1, true)],
  ['y', place(2)],
  ['out', place(3)],
])
const walk = {
  input: { base: 11, plane: 12, pitch: 13 },
  ...{ inputWidth: 14, inputHeight: 15, inputBlocks: 16 },
  output: { base: 31, plane: 32, pitch: 33 },
  ...{ outputWidth: 34, outputHeight: 35, outputBlocks: 36 },
}
const shape: Shape = [1, 2, 2]
const quant = (zeroPoint: number) => ({ scale: 1, zeroPoint, bits: 4 })
const input = (name: string, zeroPoint: number): IntegerNode => ({
  op: 'input',
  name,
  shape,
  quant: quant(zeroPoint),
})
const nodes = new Map([
  ['x', input('x', 5)],
  ['image', input('image', 7)],
  ['y', input('y', 6)],
])
const named = (name: string): Profile => PROFILES.find((one) => one.name === name)!
const make = (node: IntegerNode, laid: Partial<Laid> = {}, profile?: Profile) =>
  makeInstruction(node, placements, nodes, {
    arithmetic: arithmeticOf({ nodes: [], profile }),
    ...laid,
  } as Laid)

describe('an instruction', () => {
  const part = { kernel: 3, stride: 2, requantZeroPoint: 9, requantBits: 5, quant: quant(8) }
  const lanes = { kernel: 2, inputBlocks: 1, outputs: new Int32Array(), taps: new Int32Array() }
  const convs = new Map([['out', { lanes, weightBase: 41, paramBase: 42, tableBase: 43 }]])
  const conv = {
    op: 'conv',
    ...walk,
    ...{ kernel: 2, stride: 2, padding: 1, padCode: 5, zeroPoint: 9 },
    ...{ weightBase: 41, paramBase: 42, tableBase: 43, hasTable: false, requantBits: 5 },
  }

  test('of a convolution pads with its input’s zero point and adds its own before the table', () => {
    expect(make(makeConv('out', 'x', shape, part), { convs })).toEqual(conv)
  })

  test('of codes without zero points pads with code 0, carried, and adds it', () => {
    const node = makeConv('out', 'x', shape, part)
    const wanted = { ...conv, padCode: 5, zeroPoint: 16 }
    expect(make(node, { convs }, named('nvdla'))).toEqual(wanted)
    // Code 0 of 4 bits, whatever the zero point.
    const zeroCode = {
      ...named('tflite'),
      codes: { ...named('tflite').codes, padding: 'zero-code' },
    } as const
    expect(make(node, { convs }, zeroCode)).toEqual({ ...conv, padCode: 8 })
  })

  test('of a convolution on an image of 2x2 pixels a word has stride 1', () => {
    const node = makeConv('out', 'image', shape, { ...part, table: new Uint8Array(32) })
    expect(make(node, { convs })).toEqual({ ...conv, stride: 1, padCode: 7, hasTable: true })
  })

  test('of an add has both zero points, in the order of its inputs', () => {
    const add: IntegerNode = {
      op: 'add',
      name: 'out',
      inputs: ['x', 'y'],
      shape,
      quant: quant(4),
      multipliers: [77, 88],
      shift: 13,
    }
    expect(make(add)).toEqual({
      op: 'add',
      ...walk,
      second: { base: 21, plane: 22, pitch: 23 },
      multipliers: [77, 88],
      shift: 13,
      inputZeroPoints: [5, 6],
      outputZeroPoint: 4,
      requantBits: 4,
    })
  })

  test('of an add whose operands are rounded has M and s of each and of the sum', () => {
    const add: IntegerNode = {
      ...{ op: 'add', name: 'out', inputs: ['x', 'y'], shape, quant: quant(4) },
      ...{ multipliers: [77, 88], shift: 13 },
      stages: { shifts: [-3, 9], factors: [0, 0], multiplier: 99, factor: 0 },
    }
    const common = {
      ...{ op: 'add', ...walk, second: { base: 21, plane: 22, pitch: 23 }, multipliers: [77, 88] },
      ...{ inputZeroPoints: [5, 6], requantBits: 4 },
    }
    // Without a shift to the left an s below 0 shifts by nothing.
    const tflite = { multipliers: [77, 88, 99], shifts: [0, 9] }
    expect(make(add, {}, named('tflite'))).toEqual({
      ...common,
      shift: 13,
      stages: tflite,
      outputZeroPoint: 4,
    })
    // A sum that is not scaled, without zero points.
    const shifted = { multipliers: [0, 0, 0], shifts: [-3, 9] }
    const zero = { shift: 0, stages: shifted, outputZeroPoint: 8 }
    expect(make(add, {}, named('power-of-two-round'))).toEqual({ ...common, ...zero })
    // One rounding: s is that of the sum.
    const once = { shift: 13, stages: { multipliers: [77, 88, 0], shifts: [0, 0] }, outputZeroPoint: 8 }
    expect(make(add, {}, named('nvdla'))).toEqual({ ...common, ...once })
  })

  test('of a max-pool has stride 1 and half its kernel of padding', () => {
    const pool: IntegerNode = {
      op: 'max-pool',
      name: 'out',
      inputs: ['x'],
      shape,
      quant: quant(5),
      kernel: 5,
    }
    expect(make(pool)).toEqual({ op: 'max-pool', ...walk, kernel: 5, stride: 1, padding: 2 })
  })

  test('of an upsampling doubles', () => {
    const up: IntegerNode = { op: 'upsample', name: 'out', inputs: ['x'], shape, quant: quant(5) }
    expect(make(up)).toEqual({ op: 'upsample', factor: 2, ...walk })
  })

  test.each<IntegerNode>([
    input('out', 0),
    { op: 'slice', name: 'out', inputs: ['x'], shape, quant: quant(0), begin: 0 },
    { op: 'concat', name: 'out', inputs: ['x', 'y'], shape, quant: quant(0) },
  ])('is not made for $op, which is addressing alone', (node) => {
    expect(() => make(node)).toThrow(`${node.op} has no instruction`)
  })
})

describe('DETECT', () => {
  const nms = { minCode: 3, iouThreshold: 700, capacity: 1024, maxDetections: 300, multiLabel: true }
  const levels = [
    { box: 'x', cls: 'y', stride: 8 },
    { box: 'y', cls: 'out', stride: 32 },
  ]
  const graph = makeHandGraph()
  const detect = { ...graph.detect, levels, regMax: 16, classes: ['a', 'b', 'c'] }

  test('has the places of every level, and the logarithm of its stride', () => {
    expect(makeDetectInstruction({ ...graph, detect }, placements, nms, HAND_ENGINE)).toEqual({
      op: 'detect',
      ...{ minCode: 3, iouThreshold: 700, classes: 3, regMax: 16, multiLabel: true, maxDetections: 300 },
      levels: [
        { boxBase: 11, classBase: 21, plane: 12, pitch: 13, width: 14, height: 15, log2Stride: 3 },
        { boxBase: 21, classBase: 31, plane: 22, pitch: 23, width: 24, height: 25, log2Stride: 5 },
      ],
    })
  })

  test.each([1023, 1025])('of capacity %i is refused by an engine of 1024', (capacity) => {
    expect(() => makeDetectInstruction(graph, placements, { ...nms, capacity }, HAND_ENGINE)).toThrow(
      `q_NMS has capacity ${capacity}, the engine 1024`,
    )
  })
})
