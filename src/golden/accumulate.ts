/** Clause A-3: what is added up, and what becomes of a sum that does not fit the accumulator. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { shiftRight } from '../arithmetic/run-stages.ts'
import { codeOffset, paddingCode } from './code-range.ts'
import type { CodeTensor } from './codes.ts'
import { clamp } from './fixed-point.ts'
import type { IntegerConv } from './types.ts'

/** Position of one output element. */
export interface OutputPosition {
  readonly channel: number
  readonly y: number
  readonly x: number
}

/** How a profile adds. A sum without limits is below 2^53 for 2^21 taps of 16 bits, and exact in a double. */
export interface Adder {
  /** The product as it is added. */
  readonly product: (product: number) => number
  /** The accumulator behind each product. */
  readonly each: (sum: number) => number
  /** The accumulator behind the last one. */
  readonly end: (sum: number) => number
  /** Nothing happens before the end. */
  readonly isPlain: boolean
}

const same = (value: number): number => value

export function adderOf({ accumulator, productShift }: Profile): Adder {
  const { bits, overflow, at } = accumulator
  const narrow = overflow === 'refuse' || bits > 53 ? same : narrowTo(bits, overflow)
  const product =
    productShift === undefined
      ? same
      : (value: number) => Number(shiftRight(BigInt(value), productShift.by, productShift.rounding))
  return {
    product,
    each: at === 'product' ? narrow : same,
    end: narrow,
    isPlain: productShift === undefined && (at === 'end' || narrow === same),
  }
}

function narrowTo(bits: number, overflow: 'wrap' | 'saturate'): (value: number) => number {
  const half = 2 ** (bits - 1)
  if (overflow === 'saturate') return (value) => clamp(value, -half, half - 1)
  const whole = 2 * half
  return (value) => value - Math.floor((value + half) / whole) * whole
}

/**
 * acc = B + Σ q_x · q_w of one output element, product by product in the order [channel, row, column]. A padding tap holds the
 * profile's padding code.
 */
export function accumulate(
  node: IntegerConv,
  input: CodeTensor,
  at: OutputPosition,
  profile: Profile = ASSAY,
): number {
  const { kernel, inChannels, stride, padding, weight } = node
  const [, height, width] = input.shape
  const adder = adderOf(profile)
  const offset = codeOffset(profile, input.quant.bits)
  const outside = paddingCode(profile, input.quant)
  let acc = node.bias[at.channel]!
  let w = at.channel * inChannels * kernel * kernel
  for (let c = 0; c < inChannels; c++) {
    const plane = c * height * width
    for (let ky = 0; ky < kernel; ky++) {
      const y = at.y * stride + ky - padding
      for (let kx = 0; kx < kernel; kx++) {
        const x = at.x * stride + kx - padding
        const inside = y >= 0 && y < height && x >= 0 && x < width
        const code = (inside ? input.codes[plane + y * width + x]! : outside) - offset
        acc = adder.each(acc + adder.product(code * weight[w++]!))
      }
    }
  }
  return adder.end(acc)
}
