/** The arithmetic of public designs and runtimes, each with its source. Code of theirs is cited, not copied. */
import type { Profile } from './profile.ts'
import type { Rounding, Stage } from './stages.ts'

/** To the bits of a code, at the ends of its range. */
const saturate = (signed: boolean): Stage => ({ stage: 'narrow', signed, overflow: 'saturate' })
const int32: Stage = { stage: 'narrow', bits: 32, signed: true, overflow: 'saturate' }
const zeroPoint: Stage = { stage: 'add-zero-point' }
const shiftBy = (rounding: Rounding, most?: number): Stage => ({
  stage: 'shift-right',
  rounding,
  ...(most === undefined ? {} : { most }),
})
/** M / 2^s with one rounding. */
const scaleBy = (bits: number, rounding: Rounding, most: number): readonly Stage[] => [
  { stage: 'multiply', bits },
  shiftBy(rounding, most),
]
/** gemmlowp's two roundings, which LiteRT and CMSIS-NN have. */
const TWICE: readonly Stage[] = [{ stage: 'doubling-high-multiply', bits: 32 }, shiftBy('half-away', 31)]
const TWICE_ROUNDED: readonly Stage[] = [{ stage: 'shift-left' }, ...TWICE, zeroPoint, saturate(true)]
/** LiteRT and CMSIS-NN: each operand and the sum are scaled as an accumulator is, the operands 20 bits to the left, in 32 bits. */
const addTwice = (scale: readonly Stage[]): Profile['add'] => ({
  form: 'stages',
  operand: [{ stage: 'shift-left', by: 20 }, ...scale],
  sum: [...(scale.includes(int32) ? [int32] : []), ...scale, zeroPoint, saturate(true)],
})
/** One rounding of the sum of both operands. */
const addOnce = (bits: number, most: number, end: readonly Stage[]): Profile['add'] => ({
  form: 'stages',
  operand: [{ stage: 'multiply', bits }],
  sum: [shiftBy('half-up', most), ...end],
})
/** Each operand by a shift of its own, and then their sum. */
const addShifted = (rounding: Rounding): Profile['add'] => ({
  form: 'stages',
  operand: [{ stage: 'shift-left' }, shiftBy(rounding)],
  sum: [saturate(true)],
})

const UINT8 = { signed: false, zeroPoint: 'tensor', scale: 'free', padding: 'zero-point' } as const
const INT8 = { ...UINT8, signed: true } as const
const SYMMETRIC = { ...INT8, zeroPoint: 0 } as const
const SHIFTED = { ...SYMMETRIC, scale: 'power-of-two' } as const
const PER_CHANNEL = { mostNegative: false, scalePer: 'channel', scale: 'free' } as const
const PER_TENSOR = { ...PER_CHANNEL, scalePer: 'tensor' } as const
const refused = { bits: 32, overflow: 'refuse', at: 'end' } as const
const wrapped = { ...refused, overflow: 'wrap' } as const
const bias = { bits: 32, shift: 0 } as const
const tables = { smooth: { form: 'table' }, rectified: { form: 'table' } } as const
const TABLES = { bias, activation: tables } as const
/** A ReLU is the lower end of the codes, and an index of a table is a code of 8 bits. */
const CLAMPED = {
  bias,
  activation: { smooth: { form: 'table', bits: 8 }, rectified: { form: 'codes' } },
} as const

export const PROFILES: readonly Profile[] = [
  {
    name: 'assay',
    source: 'docs/arithmetic.md as it stands: a multiplier of 16 bits, one rounding, half up',
    codes: UINT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: [...scaleBy(16, 'half-up', 47), zeroPoint, saturate(false)],
    add: addOnce(16, 31, [zeroPoint, saturate(false)]),
    ...TABLES,
  },
  {
    name: 'tflite',
    source: 'LiteRT, MultiplyByQuantizedMultiplier with double rounding; gemmlowp, fixedpoint/fixedpoint.h',
    codes: INT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: TWICE_ROUNDED,
    add: addTwice(TWICE),
    ...CLAMPED,
  },
  {
    name: 'tflite-single',
    source: 'LiteRT, MultiplyByQuantizedMultiplier with TFLITE_SINGLE_ROUNDING',
    codes: INT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: [...scaleBy(31, 'half-up', 62), int32, zeroPoint, saturate(true)],
    add: addTwice([...scaleBy(31, 'half-up', 62), int32]),
    ...CLAMPED,
  },
  {
    name: 'cmsis-nn',
    source:
      'CMSIS-NN, arm_nn_requantize (Include/arm_nnsupportfunctions.h) without CMSIS_NN_USE_SINGLE_ROUNDING',
    codes: INT8,
    weights: PER_CHANNEL,
    accumulator: wrapped,
    requantise: TWICE_ROUNDED,
    add: addTwice(TWICE),
    ...CLAMPED,
  },
  {
    name: 'tosa-single',
    source: 'TOSA 1.0, RESCALE with scale32 and rounding_mode SINGLE_ROUND: apply_scale_32',
    codes: INT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: [...scaleBy(31, 'half-up', 62), int32, zeroPoint, saturate(true)],
    add: addTwice([...scaleBy(31, 'half-up', 62), int32]),
    ...CLAMPED,
  },
  {
    name: 'tosa-double',
    source: 'TOSA 1.0, RESCALE with scale32 and rounding_mode DOUBLE_ROUND: apply_scale_32',
    codes: INT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: [...scaleBy(31, 'tosa-double', 62), int32, zeroPoint, saturate(true)],
    add: addTwice([...scaleBy(31, 'tosa-double', 62), int32]),
    ...CLAMPED,
  },
  {
    name: 'onnx-qlinear',
    source: 'ONNX, QLinearConv, as onnxruntime computes it on a CPU: float32, half to even',
    codes: UINT8,
    weights: PER_CHANNEL,
    accumulator: refused,
    requantise: [{ stage: 'scale-float' }, zeroPoint, saturate(false)],
    add: { form: 'float32' },
    ...CLAMPED,
  },
  {
    name: 'gemmini',
    source:
      'Gemmini, acc_scale_args of defaultConfig (src/main/scala/gemmini/Configs.scala): float32, half to even. It has no SiLU: a table stands for what computes it beside',
    codes: SYMMETRIC,
    weights: { ...PER_TENSOR, mostNegative: true },
    accumulator: wrapped,
    requantise: [{ stage: 'scale-float' }, int32, saturate(true)],
    // Its loader scales each operand (mvin_scale_args, float32), its accumulator adds them.
    add: { form: 'stages', operand: [{ stage: 'scale-float' }, saturate(true)], sum: [saturate(true)] },
    ...TABLES,
  },
  {
    name: 'nvdla',
    source:
      'NVDLA: accumulator of 34 bits (vmod/nvdla/cacc/NV_NVDLA_CACC_CALC_int8.v) to 32, then a multiplier of each channel and the shift of the layer in SDP, half away from zero (cmod/hls/sdp), and the larger of its two interpolated tables',
    codes: SYMMETRIC,
    weights: { ...PER_CHANNEL, mostNegative: true },
    accumulator: { bits: 34, overflow: 'saturate', at: 'end' },
    requantise: [
      int32,
      { stage: 'multiply', bits: 15 },
      { stage: 'shift-right', rounding: 'half-away', shared: true },
      int32,
      saturate(true),
    ],
    add: {
      form: 'stages',
      operand: [{ stage: 'multiply', bits: 15 }],
      sum: [shiftBy('half-away', 31), saturate(true)],
    },
    bias,
    activation: {
      smooth: { form: 'interpolated-table', segments: 8, rounding: 'half-up' },
      // Zero is a code, so that a ReLU of codes is that of what they were.
      rectified: { form: 'codes' },
    },
  },
  {
    name: 'power-of-two-floor',
    source:
      'scales that are powers of two and an arithmetic shift: what most public accelerators of FPGAs do, and q7 of CMSIS-NN (CMSIS 5) with ARM_NN_TRUNCATE',
    codes: SHIFTED,
    weights: { ...PER_CHANNEL, scalePer: 'tensor', scale: 'power-of-two' },
    accumulator: wrapped,
    requantise: [{ stage: 'shift-left' }, shiftBy('floor'), saturate(true)],
    add: addShifted('floor'),
    ...TABLES,
  },
  {
    name: 'power-of-two-round',
    source: 'scales that are powers of two, half up: q7 of CMSIS-NN (CMSIS 5)',
    codes: SHIFTED,
    weights: { ...PER_CHANNEL, scalePer: 'tensor', scale: 'power-of-two' },
    accumulator: wrapped,
    requantise: [{ stage: 'shift-left' }, shiftBy('half-up'), saturate(true)],
    add: addShifted('half-up'),
    ...TABLES,
  },
]

export const ASSAY: Profile = PROFILES[0]!
