/** The arithmetic of public designs and runtimes, each with its source. Code of theirs is cited, not copied. */
import type { Profile, Rounding, Stage } from './profile.ts'

/** To the bits of a code, at the ends of its range. */
const saturate = (signed: boolean): Stage => ({ stage: 'narrow', signed, overflow: 'saturate' })
const int32: Stage = { stage: 'narrow', bits: 32, signed: true, overflow: 'saturate' }
const zeroPoint: Stage = { stage: 'add-zero-point' }
/** M / 2^s with one rounding. */
const scaleBy = (bits: number, rounding: Rounding): readonly Stage[] => [
  { stage: 'multiply', bits },
  { stage: 'shift-right', rounding },
]
/** gemmlowp's two roundings, which LiteRT and CMSIS-NN have. */
const TWICE_ROUNDED: readonly Stage[] = [
  { stage: 'shift-left' },
  { stage: 'doubling-high-multiply', bits: 32 },
  { stage: 'shift-right', rounding: 'half-away' },
  zeroPoint,
  saturate(true),
]
const refused = { bits: 32, overflow: 'refuse' } as const
const wrapped = { bits: 32, overflow: 'wrap' } as const

export const PROFILES: readonly Profile[] = [
  {
    name: 'assay',
    source: 'docs/arithmetic.md, clauses A-3 and A-4: a multiplier of 16 bits, one rounding, half up',
    accumulator: refused,
    requantise: [...scaleBy(16, 'half-up'), zeroPoint, saturate(false)],
  },
  {
    name: 'tflite',
    source: 'LiteRT, MultiplyByQuantizedMultiplier with double rounding; gemmlowp, fixedpoint/fixedpoint.h',
    accumulator: refused,
    requantise: TWICE_ROUNDED,
  },
  {
    name: 'tflite-single',
    source: 'LiteRT, MultiplyByQuantizedMultiplier with TFLITE_SINGLE_ROUNDING',
    accumulator: refused,
    requantise: [...scaleBy(31, 'half-up'), int32, zeroPoint, saturate(true)],
  },
  {
    name: 'cmsis-nn',
    source:
      'CMSIS-NN, arm_nn_requantize (Include/arm_nnsupportfunctions.h) without CMSIS_NN_USE_SINGLE_ROUNDING',
    accumulator: wrapped,
    requantise: TWICE_ROUNDED,
  },
  {
    name: 'tosa-single',
    source: 'TOSA 1.0, RESCALE with scale32 and rounding_mode SINGLE_ROUND: apply_scale_32',
    accumulator: refused,
    requantise: [...scaleBy(31, 'half-up'), zeroPoint, saturate(true)],
  },
  {
    name: 'tosa-double',
    source: 'TOSA 1.0, RESCALE with scale32 and rounding_mode DOUBLE_ROUND: apply_scale_32',
    accumulator: refused,
    requantise: [...scaleBy(31, 'tosa-double'), zeroPoint, saturate(true)],
  },
  {
    name: 'onnx-qlinear',
    source: 'ONNX, QLinearConv, as onnxruntime computes it on a CPU: float32, half to even',
    accumulator: refused,
    requantise: [{ stage: 'scale-float' }, zeroPoint, saturate(false)],
  },
  {
    name: 'gemmini',
    source:
      'Gemmini, acc_scale_args of defaultConfig (src/main/scala/gemmini/Configs.scala): float32, half to even',
    accumulator: wrapped,
    requantise: [{ stage: 'scale-float' }, int32, saturate(true)],
  },
  {
    name: 'nvdla',
    source:
      'NVDLA, accumulator of 8 bits (vmod/nvdla/cacc/NV_NVDLA_CACC_CALC_int8.v): 34 bits that saturate, half away from zero by 16 bits below the point',
    accumulator: { bits: 34, overflow: 'saturate' },
    requantise: [{ stage: 'shift-right', rounding: 'half-away', fractionBits: 16 }, int32, saturate(true)],
  },
  {
    name: 'power-of-two-floor',
    source:
      'scales that are powers of two and an arithmetic shift: what most public accelerators of FPGAs do',
    accumulator: wrapped,
    requantise: [{ stage: 'shift-right', rounding: 'floor' }, saturate(true)],
  },
  {
    name: 'power-of-two-round',
    source: 'scales that are powers of two, half up',
    accumulator: wrapped,
    requantise: [{ stage: 'shift-right', rounding: 'half-up' }, saturate(true)],
  },
]
