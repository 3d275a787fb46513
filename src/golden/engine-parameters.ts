import type { Profile } from '../arithmetic/profile.ts'
import type { ChannelSums } from './accumulator.ts'
import { codeOffset } from './code-range.ts'
import { planSums, type SumPlan } from './engine-accumulator.ts'
import { GROUP, type Kernel } from './engine-kernel.ts'
import { type Layout, PARAMETER_BYTES, type Placement } from './engine-layout.ts'
import { writeConvStages } from './engine-stage-parameters.ts'
import type { IntegerConv, IntegerNode } from './types.ts'

/**
 * Writes a convolution's weights, requantisation and table into the engine's memory, in the order the kernel reads.
 *
 * @returns how it is added up
 * @throws AccumulatorError if A-3 refuses the convolution, InputError if a stage takes more than 64 bits
 */
export function writeParameters(
  kernel: Kernel,
  memory: SharedArrayBuffer,
  node: IntegerConv,
  input: IntegerNode,
  layout: Layout,
  profile: Profile,
): SumPlan {
  const { tensors, convs, staging, weightSums, stages } = layout
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
  const doubles = new Float64Array(memory, weightSums, 2 * shape[0])
  const sums: readonly ChannelSums[] = Array.from(node.bias, (bias, channel) => ({
    positive: doubles[2 * channel]!,
    negative: doubles[2 * channel + 1]!,
    bias,
    taps: weight.length / shape[0],
  }))
  const plan = planSums(profile, node, input, sums)
  // A stored value is the code less the base, and the hardware's own code the carried one less the offset: B + Σ (q − offset)·w
  // = (B + (base − offset) · Σ w) + Σ (q − base)·w, modulo 2^32 as the kernel adds. Product by product it adds what it multiplies.
  const missing = plan.way === 'products' ? 0 : from.base - codeOffset(profile, input.quant.bits)
  const parameters = new DataView(memory, at.parameters, at.groups * PARAMETER_BYTES)
  for (const [channel, { positive, negative, bias }] of sums.entries()) {
    const group = Math.floor(channel / GROUP) * PARAMETER_BYTES
    const lane = channel % GROUP
    parameters.setInt32(group + lane * 4, (bias + missing * (positive + negative)) | 0, true)
    parameters.setFloat64(
      group + 4 * GROUP + lane * 8,
      node.multiplier[channel]! / 2 ** node.shift[channel]!,
      true,
    )
  }
  if (stages !== null && plan.way !== 'single') writeConvStages(memory, node, plan, stages, profile)
  if (node.table !== null)
    new Int16Array(memory, at.table, node.table.length).set(node.table.map((code) => code - to.base))
  return plan
}

/** Fills the frame of a tensor with the code of padding taps. */
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
