/** Convolution: accumulate, requantise, look up. */
import type { Shape } from '../graph/types.ts'
import { allocateCodes, type CodeTensor, countElements } from './codes.ts'
import { requantise } from './fixed-point.ts'
import type { Codes, IntegerConv } from './types.ts'

/** Position of one output element. */
export interface OutputPosition {
  readonly channel: number
  readonly y: number
  readonly x: number
}

/**
 * acc = B + Σ q_x · q_w of one output element, product by product. A padding tap holds the input's zero point.
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
  const padded = padWithZeroPoint(input, node.padding)
  const plane = height * width
  const output = allocateCodes(channels * plane, node.quant.bits)
  for (let channel = 0; channel < channels; channel++) {
    const sums = accumulateChannel(node, padded, channel)
    const by = {
      multiplier: node.multiplier[channel]!,
      shift: node.shift[channel]!,
      zeroPoint: node.requantZeroPoint,
      bits: node.requantBits,
    }
    for (let i = 0; i < plane; i++) {
      const p = requantise(sums[i]!, by)
      output[channel * plane + i] = node.table === null ? p : node.table[p]!
    }
  }
  return output
}

/** A-3 for a whole output channel, tap by tap; the same sums as `accumulate`. */
function accumulateChannel(node: IntegerConv, padded: CodeTensor, channel: number): Float64Array {
  const { kernel, inChannels, stride, weight } = node
  const [, height, width] = node.shape
  const [, paddedHeight, paddedWidth] = padded.shape
  const codes = padded.codes
  const sums = new Float64Array(height * width).fill(node.bias[channel]!)
  let w = channel * inChannels * kernel * kernel
  for (let c = 0; c < inChannels; c++) {
    for (let ky = 0; ky < kernel; ky++) {
      for (let kx = 0; kx < kernel; kx++) {
        const factor = weight[w++]!
        for (let y = 0; y < height; y++) {
          const row = (c * paddedHeight + y * stride + ky) * paddedWidth + kx
          for (let x = 0; x < width; x++) sums[y * width + x]! += codes[row + x * stride]! * factor
        }
      }
    }
  }
  return sums
}

/** The tensor with `padding` rows and columns of its zero point on every side. */
function padWithZeroPoint(input: CodeTensor, padding: number): CodeTensor {
  if (padding === 0) return input
  const [channels, height, width] = input.shape
  const shape: Shape = [channels, height + 2 * padding, width + 2 * padding]
  const codes = allocateCodes(countElements(shape), input.quant.bits).fill(input.quant.zeroPoint)
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = input.codes.subarray((c * height + y) * width, (c * height + y + 1) * width)
      codes.set(row, (c * shape[1] + y + padding) * shape[2] + padding)
    }
  }
  return { ...input, shape, codes }
}
