import { checkChannel } from './accumulator.ts'
import type { Kernel } from './engine-kernel.ts'
import { GROUP, type Layout, PARAMETER_BYTES, type Placement } from './engine-layout.ts'
import type { IntegerConv, IntegerNode } from './types.ts'

/**
 * Writes a convolution's weights, requantisation and table into the engine's memory, in the order the kernel reads. Throws an
 * AccumulatorError if A-3 refuses the convolution.
 */
export function writeParameters(
  kernel: Kernel,
  memory: SharedArrayBuffer,
  node: IntegerConv,
  input: IntegerNode,
  { tensors, convs, staging, weightSums }: Layout,
): void {
  const [from, to, at] = [tensors.get(input.name)!, tensors.get(node.name)!, convs.get(node.name)!]
  const { weight, shape, inChannels } = node
  const wide = weight.BYTES_PER_ELEMENT === 2
  if (wide) new Int16Array(memory, staging, weight.length).set(weight)
  else new Int8Array(memory, staging, weight.length).set(weight)
  const lanes = from.pixel / 2
  // biome-ignore format: in the order of the kernel's parameters
  kernel.packWeights(
    staging, wide ? 1 : 0, at.weights, at.run, lanes, shape[0], inChannels, node.kernel, weightSums,
  )
  const sums = new Float64Array(memory, weightSums, 2 * shape[0])
  const parameters = new DataView(memory, at.parameters, at.groups * PARAMETER_BYTES)
  for (let channel = 0; channel < shape[0]; channel++) {
    const [positive, negative] = [sums[2 * channel]!, sums[2 * channel + 1]!]
    const bias = node.bias[channel]!
    checkChannel(node.name, channel, { positive, negative, bias }, input.quant.bits)
    const group = Math.floor(channel / GROUP) * PARAMETER_BYTES
    const lane = channel % GROUP
    // A stored value is the code less the base: B + Σ q·w = (B + base · Σ w) + Σ (q − base)·w, modulo 2^32 as the kernel adds.
    parameters.setInt32(group + lane * 4, (bias + from.base * (positive + negative)) | 0, true)
    parameters.setFloat64(
      group + 4 * GROUP + lane * 8,
      node.multiplier[channel]! / 2 ** node.shift[channel]!,
      true,
    )
  }
  if (node.table === null) return
  new Int16Array(memory, at.table, node.table.length).set(node.table.map((code) => code - to.base))
}

/** Fills the frame of a tensor: padding taps hold the zero point. */
export function fillFrame(
  memory: SharedArrayBuffer,
  { begin, bytes, frame, row, pixel }: Placement,
  value: number,
): void {
  const values = new Int16Array(memory, begin, bytes / 2)
  const [line, side] = [row / 2, (frame * pixel) / 2]
  const [first, last] = [frame * line, values.length - frame * line]
  values.fill(value, 0, first)
  for (let at = first; at < last; at += line) {
    values.fill(value, at, at + side)
    values.fill(value, at + line - side, at + line)
  }
  values.fill(value, last)
}
