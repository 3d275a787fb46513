/** Convolution: accumulate, requantise, look up. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { type Adder, adderOf } from './accumulate.ts'
import { codeOffset, paddingCode } from './code-range.ts'
import { allocateCodes, type CodeTensor, countElements } from './codes.ts'
import { requantiserOf } from './requantise.ts'
import type { Codes, IntegerConv } from './types.ts'

/** accumulate, requantise, look up. */
export function convolve(node: IntegerConv, input: CodeTensor, profile: Profile = ASSAY): Codes {
  const [channels, height, width] = node.shape
  const padded = padInput(input, node.padding, profile)
  const adder = adderOf(profile)
  const plane = height * width
  const output = allocateCodes(channels * plane, node.quant.bits)
  for (let channel = 0; channel < channels; channel++) {
    const sums = accumulateChannel(node, padded, channel, adder)
    const requantise = requantiserOf(profile, node, channel)
    for (let i = 0; i < plane; i++) {
      const p = requantise(adder.end(sums[i]!))
      output[channel * plane + i] = node.table === null ? p : node.table[p]!
    }
  }
  return output
}

/** Codes as the hardware has them, with their padding. */
interface Padded {
  readonly codes: Int32Array
  readonly height: number
  readonly width: number
}

/** A-3 for a whole output channel, tap by tap; the same sums as `accumulate` before their end. */
function accumulateChannel(
  node: IntegerConv,
  { codes, height: paddedHeight, width: paddedWidth }: Padded,
  channel: number,
  { product, each, isPlain }: Adder,
): Float64Array {
  const { kernel, inChannels, stride, weight } = node
  const [, height, width] = node.shape
  const sums = new Float64Array(height * width).fill(node.bias[channel]!)
  let w = channel * inChannels * kernel * kernel
  for (let c = 0; c < inChannels; c++) {
    for (let ky = 0; ky < kernel; ky++) {
      for (let kx = 0; kx < kernel; kx++) {
        const factor = weight[w++]!
        for (let y = 0; y < height; y++) {
          const row = (c * paddedHeight + y * stride + ky) * paddedWidth + kx
          const at = y * width
          if (isPlain) for (let x = 0; x < width; x++) sums[at + x]! += codes[row + x * stride]! * factor
          else
            for (let x = 0; x < width; x++)
              sums[at + x] = each(sums[at + x]! + product(codes[row + x * stride]! * factor))
        }
      }
    }
  }
  return sums
}

/** The tensor with `padding` rows and columns of the padding code on every side. */
function padInput({ codes, shape, quant }: CodeTensor, padding: number, profile: Profile): Padded {
  const [channels, inHeight, inWidth] = shape
  const [height, width] = [inHeight + 2 * padding, inWidth + 2 * padding]
  const offset = codeOffset(profile, quant.bits)
  const padded = new Int32Array(countElements([channels, height, width])).fill(
    paddingCode(profile, quant) - offset,
  )
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < inHeight; y++) {
      const from = (c * inHeight + y) * inWidth
      const to = (c * height + y + padding) * width + padding
      for (let x = 0; x < inWidth; x++) padded[to + x] = codes[from + x]! - offset
    }
  return { codes: padded, height, width }
}
