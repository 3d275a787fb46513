/**
 * Public designs and runtimes, and how their requantiser is declared: what their sources did in November 2026. Names are those of
 * their repositories. docs/profiles.md lists them, and `make bench ARGS=engine-stages` runs each.
 */
import { PROFILES } from './built-in.ts'
import type { Rounding, Stage } from './stages.ts'

export interface Design {
  readonly name: string
  /** Signed bits of the accumulator. */
  readonly bits: number
  readonly stages: readonly Stage[]
}

const narrow = (overflow: 'saturate' | 'wrap', signed = true): Stage => ({
  stage: 'narrow',
  signed,
  overflow,
})
const zeroPoint: Stage = { stage: 'add-zero-point' }
const multiply = (bits: number): Stage => ({ stage: 'multiply', bits })
const shift = (rounding: Rounding, most = 31): Stage => ({ stage: 'shift-right', rounding, most })
const builtIn = (name: string): readonly Stage[] => PROFILES.find((one) => one.name === name)!.requantise
/** LiteRT's numbers, with another rounding of the whole. */
const scaled = (rounding: Rounding, overflow: 'saturate' | 'wrap' = 'saturate'): readonly Stage[] => [
  multiply(31),
  shift(rounding, 62),
  { stage: 'narrow', bits: 32, signed: true, overflow },
  zeroPoint,
  narrow('saturate'),
]
const design = (name: string, bits: number, ...stages: readonly Stage[]): Design => ({ name, bits, stages })

export const DESIGNS: readonly Design[] = [
  // Truncation.
  design('byheng Neural-Network-Accelerator', 32, multiply(16), shift('floor', 47), narrow('wrap')),
  design('xxSehun1 YOLOv8n-Accelerator', 32, multiply(16), shift('floor', 47), narrow('saturate')),
  design('taitashaw fpga-ai-accelerator', 32, shift('floor'), narrow('saturate')),
  design('ParCNN', 32, shift('floor'), narrow('saturate')),
  design('VTA', 32, shift('floor'), narrow('wrap')),
  design('dhm2013724 yolov2', 32, shift('floor'), narrow('wrap')),
  design('tiny-xpu', 32, multiply(16), shift('floor', 47), narrow('saturate')),
  design('hls4ml, default', 24, shift('floor'), narrow('wrap')),
  design('PULP NE16', 32, multiply(8), shift('floor'), zeroPoint, narrow('saturate', false)),
  design('Ethos-U, TRUNCATE', 32, ...scaled('floor')),
  // Half up.
  design('adamgallas yolov3-tiny', 32, shift('half-up'), narrow('saturate')),
  design('face-filter', 32, shift('half-up'), narrow('saturate')),
  design('Deeploy, rounding', 32, multiply(16), shift('half-up', 47), narrow('saturate')),
  design('ESP32-S3', 20, shift('half-up'), narrow('saturate')),
  design('Assay', 32, ...builtIn('assay')),
  design('Ethos-U, NATURAL', 32, ...scaled('half-up')),
  design('TOSA, SINGLE', 32, ...builtIn('tosa-single')),
  design('LiteRT, single rounding', 32, ...builtIn('tflite-single')),
  // Its result is cut to an int32, where LiteRT's contract says that it fits.
  design('CMSIS-NN, single rounding', 32, ...scaled('half-up', 'wrap')),
  // Half to even.
  design('Gemmini, shift', 32, shift('half-to-even'), narrow('saturate')),
  design('Gemmini, float scale', 32, ...builtIn('gemmini')),
  design('Tensil', 32, shift('half-to-even'), narrow('saturate')),
  design('ESP32-P4', 40, shift('half-to-even'), narrow('saturate')),
  design('ONNX, QLinearConv', 32, ...builtIn('onnx-qlinear')),
  // Half away from zero.
  design('NVDLA', 34, ...builtIn('nvdla')),
  design('NNgen', 32, multiply(16), shift('half-away', 47), narrow('saturate')),
  // Two roundings.
  design('LiteRT', 32, ...builtIn('tflite')),
  design('CMSIS-NN', 32, ...builtIn('cmsis-nn')),
  design('CFU-Playground', 32, ...builtIn('tflite')),
  design('Ethos-U, TFL', 32, ...builtIn('tflite')),
  design('TOSA, DOUBLE', 32, ...builtIn('tosa-double')),
]
