/** How many bits a value may have between two stages: what a hardware needs there, and what a kernel of 64 bits can compute. */
import type { Stage } from './stages.ts'

/** Bits that the engine's kernel computes with. */
export const MOST_BITS = 64

/** The largest that M, s, Z and the scale may be. */
export interface LargestParameters {
  readonly multiplier: number
  /** Least and greatest. */
  readonly shift: readonly [least: number, greatest: number]
  readonly zeroPoint: number
  readonly scale: number
  readonly codeBits: number
}

const bitsOf = (unsigned: number): number => (unsigned === 0 ? 0 : Math.floor(Math.log2(unsigned)) + 1)

/** Signed bits of a value behind a stage. */
export function widthBehind(stage: Stage, bits: number, by: LargestParameters): number {
  switch (stage.stage) {
    case 'multiply':
      return bits + bitsOf(by.multiplier)
    case 'doubling-high-multiply':
      return Math.max(bits + bitsOf(by.multiplier) - stage.bits + 2, 2)
    case 'shift-left':
      return bits + (stage.by ?? Math.max(-by.shift[0], 0))
    case 'shift-right': {
      const s = stage.by ?? Math.max(by.shift[0], 0)
      return s === 0 ? bits : Math.max(bits - s, 1) + 1
    }
    case 'narrow': {
      const fitting = (stage.bits ?? by.codeBits) + (stage.signed ? 0 : 1)
      // A negative value that wraps to an unsigned one may become the largest.
      return !stage.signed && stage.overflow === 'wrap' ? fitting : Math.min(bits, fitting)
    }
    case 'add-zero-point':
      return Math.max(bits, bitsOf(Math.abs(by.zeroPoint)) + 1) + 1
    case 'scale-float':
      return bits + Math.max(1, Math.ceil(Math.log2(Math.max(by.scale, Number.MIN_VALUE))) + 1)
    case 'hook':
      return stage.bits
    case 'rectify':
      return (
        bits + (stage.leak === undefined ? 0 : Math.max(0, bitsOf(stage.leak.numerator) - stage.leak.shift))
      )
  }
}

/**
 * Signed bits that computing a stage takes: of a product before it is shifted, or of a sum before its low bits are dropped.
 *
 * @param bits of the value before it
 */
export function widthWithin(stage: Stage, bits: number, by: LargestParameters): number {
  switch (stage.stage) {
    case 'doubling-high-multiply':
      return bits + bitsOf(by.multiplier) + 1
    case 'shift-right':
      // Half of the divisor is added.
      return Math.max(bits, stage.by ?? by.shift[1]) + 1
    case 'rectify':
      return stage.leak === undefined ? bits : bits + bitsOf(stage.leak.numerator) + 1
    default:
      return widthBehind(stage, bits, by)
  }
}
