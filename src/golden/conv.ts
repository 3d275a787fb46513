import { allocateCodes, type CodeTensor } from './codes.ts'
import { requantise } from './fixed-point.ts'
import type { Codes, IntegerConv } from './types.ts'

/** Position of one output element. */
export interface OutputPosition {
  readonly channel: number
  readonly y: number
  readonly x: number
}

/**
 * acc = B + Σ q_x · q_w of one output element. A padding tap holds the input's zero point.
 * Every partial sum fits 32 bits in a graph that passed `checkAccumulators`, so doubles are exact with 21 bits to spare.
 */
export function accumulate(node: IntegerConv, input: CodeTensor, at: OutputPosition): number {
  const { kernel, inChannels, stride, padding, weight } = node
  const [, height, width] = input.shape
  let acc = node.bias[at.channel]!
  let w = at.channel * inChannels * kernel * kernel
  for (let c = 0; c < inChannels; c++) {
    const plane = c * height * width
    for (let ky = 0; ky < kernel; ky++) {
      const y = at.y * stride + ky - padding
      for (let kx = 0; kx < kernel; kx++) {
        const x = at.x * stride + kx - padding
        const inside = y >= 0 && y < height && x >= 0 && x < width
        const code = inside ? input.codes[plane + y * width + x]! : input.quant.zeroPoint
        acc += code * weight[w++]!
      }
    }
  }
  return acc
}

/** accumulate, requantise, look up. */
export function convolve(node: IntegerConv, input: CodeTensor): Codes {
  const [channels, height, width] = node.shape
  const output = allocateCodes(channels * height * width, node.quant.bits)
  let i = 0
  for (let channel = 0; channel < channels; channel++) {
    const by = {
      multiplier: node.multiplier[channel]!,
      shift: node.shift[channel]!,
      zeroPoint: node.requantZeroPoint,
      bits: node.requantBits,
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const p = requantise(accumulate(node, input, { channel, y, x }), by)
        output[i++] = node.table === null ? p : node.table[p]!
      }
    }
  }
  return output
}
