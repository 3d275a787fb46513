/**
 * The integer graph: the network as hardware computes it. The float graph's names and shapes are kept; every tensor has a
 * scale and a zero point (clause A-1), every convolution its integer parameters. Plain data, no methods,
 * so that it can be written to a file and read back.
 */
import * as v from 'valibot'
import { profileSchema } from '../arithmetic/profile.ts'
import { ACTIVATIONS } from '../graph/activation.ts'
import {
  type Checked,
  choiceOf,
  fileName,
  listOf,
  openObject,
  real,
  text,
  tupleOf,
  whole,
} from '../input/schema.ts'

/**
 * Codes of a tensor, C order [c, h, w]; Uint16Array when activations have more than 8 bits. A signed code of n bits is carried as
 * the code plus 2^(n-1), and so is its zero point (code-range.ts): all that compares, counts and looks up is the same for both.
 */
export type Codes = Uint8Array | Uint16Array

/** An array of one of these types, over whatever memory. */
const arrayOf = <Values extends ArrayBufferView>(...types: readonly v.Class[]) =>
  v.custom<Values>(
    (value) => types.some((type) => value instanceof type),
    types.map(({ name }) => name).join(' or '),
  )

const MOST_BITS = 16
export const bits = whole(1, MOST_BITS)
const code = whole(0, 2 ** MOST_BITS - 1)
const side = whole(1, 65_536)
/** Larger than zero. */
const scale = real(Number.MIN_VALUE)

/** Channels, height, width. */
export const shape = tupleOf(side, side, side)

/** real = scale * (code - zeroPoint), 0 <= code < 2^bits. */
export const quantParams = openObject({ scale, zeroPoint: code, bits })
export type QuantParams = Checked<typeof quantParams>

const base = {
  name: fileName,
  shape,
  /** Scale and zero point of the tensor this node makes. */
  quant: quantParams,
}
const one = { ...base, inputs: tupleOf(v.string()) }

const integerInput = openObject({ op: v.literal('input'), ...base })

const integerConv = openObject({
  op: v.literal('conv'),
  ...one,
  inChannels: side,
  kernel: whole(1, 255),
  stride: whole(1, 255),
  padding: whole(0, 254),
  weightBits: bits,
  /** [outChannels, inChannels, kernel, kernel], |w| <= 2^(weightBits-1) - 1. */
  weight: arrayOf<Int8Array | Int16Array>(Int8Array, Int16Array),
  /** Real weight = weightScale[o] * code. */
  weightScale: arrayOf<Float64Array>(Float64Array),
  /** B of clause A-3, as the hardware adds it: the zero point of the input is folded in. */
  bias: arrayOf<Int32Array>(Int32Array),
  /** M of clause A-4, one per output channel: below 2^16, or 32 bits where the profile has more. */
  multiplier: arrayOf<Uint16Array | Uint32Array>(Uint16Array, Uint32Array),
  /** s of clause A-4, one per output channel: 0 to 47, or what the profile's shifter takes, below 0 to the left. */
  shift: arrayOf<Uint8Array | Int8Array>(Uint8Array, Int8Array),
  /** Factors of a stage `scale-float`, one per output channel; absent where the profile has none. */
  factor: v.optional(arrayOf<Float32Array>(Float32Array)),
  /** What the table computes; SiLU if absent. */
  activation: v.optional(v.picklist(ACTIVATIONS)),
  /** Whether the layer has a ReLU that a stage `rectify` of the profile computes. */
  rectified: v.optional(v.literal(true)),
  /** Z added after the shift: of the table's index where there is a table, else of the output. */
  requantZeroPoint: code,
  /** Width of the requantised code: P where there is a table, else A of the output. It is clamped to 0 .. 2^bits - 1. */
  requantBits: bits,
  /** Scale of the requantised code: of the pre-activation where there is a table, else of the output. */
  requantScale: scale,
  /** 2^requantBits output codes, or null if the requantised code is the output. */
  table: v.nullable(arrayOf<Codes>(Uint8Array, Uint16Array)),
})
export type IntegerConv = Checked<typeof integerConv>

const multiplier = whole(0, 2 ** 31)
const addShift = whole(-31, 63)
/** */
const integerAdd = openObject({
  op: v.literal('add'),
  ...base,
  inputs: tupleOf(v.string(), v.string()),
  /** M of each operand. */
  multipliers: tupleOf(multiplier, multiplier),
  /** s of the sum. */
  shift: whole(0, 63),
  /** What else a profile's stages take: s and the factor of each operand, M and the factor of the sum. */
  stages: v.optional(
    openObject({
      shifts: tupleOf(addShift, addShift),
      factors: tupleOf(real(0), real(0)),
      multiplier,
      factor: real(0),
    }),
  ),
})
export type IntegerAdd = Checked<typeof integerAdd>

const integerSlice = openObject({ op: v.literal('slice'), ...one, begin: whole(0, 65_535) })
export type IntegerSlice = Checked<typeof integerSlice>

const MOST_INPUTS = 64
const ofEach = <Schema extends v.GenericSchema>(one: Schema) => listOf(one, 1, MOST_INPUTS)
const integerConcat = openObject({
  op: v.literal('concat'),
  ...base,
  inputs: ofEach(v.string()),
  /** Of each input, where a profile's stages requantise it. */
  stages: v.optional(
    openObject({ multipliers: ofEach(multiplier), shifts: ofEach(addShift), factors: ofEach(real(0)) }),
  ),
})
export type IntegerConcat = Checked<typeof integerConcat>

const integerMaxPool = openObject({ op: v.literal('max-pool'), ...one, kernel: whole(1, 255) })
export type IntegerMaxPool = Checked<typeof integerMaxPool>

const integerUpsample = openObject({ op: v.literal('upsample'), ...one })
export type IntegerUpsample = Checked<typeof integerUpsample>

export const integerNode = choiceOf('op', [
  integerInput,
  integerConv,
  integerAdd,
  integerSlice,
  integerConcat,
  integerMaxPool,
  integerUpsample,
])
export type IntegerNode = Checked<typeof integerNode>

const headTable = v.custom<Uint16Array>(
  (value) => value instanceof Uint16Array && value.length > 0,
  'a table of 16 bits',
)
/** Integer decode and q_NMS; null in a graph quantised with `--scope no-last`. */
const integerHead = openObject({
  /** E of A-8: 2^A entries, A of the box logits, unsigned 16 bits; the index is (largest logit code - logit code). */
  expTable: headTable,
  /** 2^A entries, A of the class logits, unsigned 16 bits: 65536 * sigmoid(logit), at most 65535. */
  sigmoidTable: headTable,
})
export type IntegerHead = Checked<typeof integerHead>

export const integerGraph = openObject({
  /** W of convolutions without bits of their own; each has its own in `weightBits`. */
  weightBits: bits,
  /** A of tensors without bits of their own; each has its own in `quant.bits`. `widestActivation` is that of the datapath. */
  activationBits: bits,
  /** Topological order; the input comes first. */
  nodes: listOf(integerNode, 1),
  /** Where there is no head, its levels are names of the float network's logits. */
  detect: openObject({
    name: fileName,
    regMax: whole(1, 1024),
    classes: listOf(v.string(), 1),
    levels: listOf(openObject({ stride: whole(1, 8192), box: v.string(), cls: v.string() }), 1, 16),
  }),
  head: v.nullable(integerHead),
  aliases: v.map(text, text),
  /** The arithmetic of the hardware. Absent: that of docs/arithmetic.md as it stands (`assay`). */
  profile: v.optional(profileSchema),
})
export type IntegerGraph = Checked<typeof integerGraph>

/** Run-time settings of q_NMS. */
export interface NmsOptions {
  /** A candidate needs a class-logit code of at least this. */
  readonly minCode: number
  /** T of A-10: round(iou * 2^10). */
  readonly iouThreshold: number
  /** K: candidates kept for suppression; the K first in the total order survive. */
  readonly capacity: number
  /** Boxes kept at most. */
  readonly maxDetections: number
  /** false: an anchor gives its best class. true: every class of an anchor above the threshold is a candidate. */
  readonly multiLabel: boolean
}

const corner = whole(-(2 ** 31), 2 ** 31)
/** Corners in sixteenths of a pixel of the network's input; not clipped. */
const integerBox = openObject({
  x0: corner,
  y0: corner,
  x1: corner,
  y1: corner,
  classIndex: corner,
  /** Class-logit code. */
  code: corner,
  /** Unsigned 16 bits: score * 65536. */
  score: corner,
  /** Anchor index: levels in stride order, row-major within a level. */
  anchor: corner,
})
export type IntegerBox = Checked<typeof integerBox>

export const nmsResult = openObject({
  boxes: listOf(integerBox),
  /** Candidates above the threshold, before the capacity cut. */
  candidates: whole(0, 2 ** 31),
  /** True if candidates > capacity: the last ones in the order were dropped. */
  overflow: v.boolean(),
})
export type NmsResult = Checked<typeof nmsResult>
