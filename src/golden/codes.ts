/** Codes with their shape, scale and zero point, and the checks of a tensor that comes from outside. */
import type { Shape } from '../graph/types.ts'
import type { Codes, IntegerGraph, QuantParams } from './types.ts'

/** A tensor with what is needed to compute with it: codes in C order [c, h, w], its shape, its scale and zero point. */
export interface CodeTensor {
  readonly codes: Codes
  readonly shape: Shape
  readonly quant: QuantParams
}

/** Elements of a tensor of this shape. */
export function countElements(shape: Shape): number {
  return shape[0] * shape[1] * shape[2]
}

/** Bits of the widest tensor: what a datapath needs that carries the codes of all of them. */
export const widestActivation = ({ nodes }: Pick<IntegerGraph, 'nodes'>): number =>
  Math.max(...nodes.map(({ quant }) => quant.bits))

/** The real values of codes. */
export function dequantise(codes: Codes, { scale, zeroPoint }: QuantParams): Float32Array {
  const real = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) real[i] = scale * (codes[i]! - zeroPoint)
  return real
}

/** Zeroed codes of the narrowest type that holds `bits` (1 to 16). */
export function allocateCodes(length: number, bits: number): Codes {
  return bits <= 8 ? new Uint8Array(length) : new Uint16Array(length)
}

/** Throws a RangeError unless the codes are as many as the shape says and none is above 2^bits − 1. */
export function checkCodes(name: string, codes: Codes, shape: Shape, bits: number): void {
  const expected = countElements(shape)
  if (codes.length !== expected) {
    throw new RangeError(
      `${name}: expected ${expected} codes (${shape.join('x')}), got ${codes.length}: give the tensor in C order [channels, height, width]`,
    )
  }
  const largest = 2 ** bits - 1
  if (largest >= 2 ** (8 * codes.BYTES_PER_ELEMENT) - 1) return
  const at = codes.findIndex((code) => code > largest)
  if (at >= 0) {
    throw new RangeError(
      `${name}: code ${codes[at]} at element ${at} does not fit ${bits} bits: expected 0 to ${largest} (A-1)`,
    )
  }
}
