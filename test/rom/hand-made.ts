/** A network small enough to be laid out by hand: one pixel square, three convolutions, a head of one class. */
import type { IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'

/** Two lanes, two banks, 4 bits of everything. */
export const HAND_ENGINE: EngineParameters = {
  ...DEFAULT_ENGINE,
  ...{ inputLanes: 2, outputLanes: 2, pixels: 1, weightBits: 4, activationBits: 4, tableBits: 5 },
}

/** A convolution of zeros, 1x1 unless told. */
export function makeConv(name: string, from: string, shape: Shape, part: Partial<IntegerConv>): IntegerConv {
  const { inChannels = 1, kernel = 1 } = part
  const [outputs] = shape
  return {
    op: 'conv',
    name,
    inputs: [from],
    shape,
    quant: { scale: 1, zeroPoint: 0, bits: 4 },
    inChannels,
    kernel,
    stride: 1,
    padding: kernel >> 1,
    weightBits: 4,
    weight: new Int8Array(outputs * inChannels * kernel * kernel),
    weightScale: new Float64Array(outputs).fill(1),
    bias: new Int32Array(outputs),
    multiplier: new Uint16Array(outputs),
    shift: new Uint8Array(outputs),
    requantZeroPoint: 0,
    requantBits: 4,
    requantScale: 1,
    table: null,
    ...part,
  }
}

/** images [1, 2, 2] -> stem (3 channels, with a table) -> box (4) and cls (1). */
export function makeHandGraph(): IntegerGraph {
  const quant = (zeroPoint: number) => ({ scale: 1, zeroPoint, bits: 4 })
  const stem = makeConv('stem', 'images', [3, 2, 2], {
    quant: quant(7),
    weight: Int8Array.of(1, -2, 7),
    bias: Int32Array.of(-1, 258, 3),
    multiplier: Uint16Array.of(4, 5, 0xff06),
    shift: Uint8Array.of(7, 8, 9),
    requantBits: 5,
    requantZeroPoint: 17,
    table: Uint8Array.from({ length: 32 }, (_, index) => index >> 1),
  })
  const box = makeConv('box', 'stem', [4, 2, 2], {
    quant: quant(6),
    inChannels: 3,
    weight: Int8Array.of(1, 2, 3, 4, 5, 6, 7, -7, -6, -5, -4, -3),
    bias: Int32Array.of(1, 2, 3, 4),
    multiplier: Uint16Array.of(5, 6, 7, 8),
    shift: Uint8Array.of(9, 10, 11, 12),
    requantZeroPoint: 6,
  })
  const cls = makeConv('cls', 'stem', [1, 2, 2], {
    quant: quant(5),
    inChannels: 3,
    weight: Int8Array.of(-1, 0, 1),
    bias: Int32Array.of(-2),
    multiplier: Uint16Array.of(3),
    shift: Uint8Array.of(47),
    requantZeroPoint: 5,
  })
  return {
    nodes: [{ op: 'input', name: 'images', shape: [1, 2, 2], quant: quant(3) }, stem, box, cls],
    detect: {
      name: 'detect',
      levels: [{ box: 'box', cls: 'cls', stride: 8 }],
      regMax: 1,
      classes: ['thing'],
    },
    head: {
      expTable: Uint16Array.from({ length: 16 }, (_, index) => 0x1000 + index),
      sigmoidTable: Uint16Array.from({ length: 16 }, (_, index) => 0x2000 + index),
    },
    aliases: new Map(),
    weightBits: 4,
    activationBits: 4,
  }
}
