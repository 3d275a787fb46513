import { type ConvPlacement, GROUP, PARAMETER_BYTES, type Placement } from './engine-layout.ts'
import type { IntegerConv } from './types.ts'

/** Writes a convolution's weights, requantisation and table into the engine's memory, in the order the kernel reads. */
export function writeParameters(
  memory: ArrayBuffer,
  node: IntegerConv,
  at: ConvPlacement,
  input: Placement,
  output: Placement,
): void {
  writeWeights(new Int16Array(memory, at.weights, at.weightBytes / 2), node, at, input.pixel / 2)
  const view = new DataView(memory, at.parameters, at.groups * PARAMETER_BYTES)
  for (let channel = 0; channel < node.shape[0]; channel++) {
    const group = Math.floor(channel / GROUP) * PARAMETER_BYTES
    const lane = channel % GROUP
    // A stored value is the code less the base: B + Σ q·w = (B + base · Σ w) + Σ (q − base)·w, modulo 2^32 as the kernel adds.
    view.setInt32(group + lane * 4, (node.bias[channel]! + input.base * sumWeights(node, channel)) | 0, true)
    view.setFloat64(group + 4 * GROUP + lane * 8, node.multiplier[channel]! / 2 ** node.shift[channel]!, true)
  }
  if (node.table === null) return
  new Int16Array(memory, at.table, node.table.length).set(node.table.map((code) => code - output.base))
}

function sumWeights(node: IntegerConv, channel: number): number {
  const taps = node.inChannels * node.kernel * node.kernel
  let sum = 0
  for (let i = channel * taps; i < (channel + 1) * taps; i++) sum += node.weight[i]!
  return sum
}

/** [outChannels, inChannels, ky, kx] to [group][ky][lane pair][8 output channels][2]; lane = kx · lanes + channel. */
function writeWeights(to: Int16Array, node: IntegerConv, at: ConvPlacement, lanes: number): void {
  const { kernel, inChannels, weight } = node
  const pairs = at.run / 4
  let from = 0
  for (let o = 0; o < node.shape[0]; o++) {
    for (let c = 0; c < inChannels; c++) {
      for (let ky = 0; ky < kernel; ky++) {
        const row = (Math.floor(o / GROUP) * kernel + ky) * pairs
        for (let kx = 0; kx < kernel; kx++) {
          const lane = kx * lanes + c
          to[((row + (lane >> 1)) * GROUP + (o % GROUP)) * 2 + (lane & 1)] = weight[from++]!
        }
      }
    }
  }
}
