/** The calls of the kernel that compute a node by the stages of a profile. */
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset } from './code-range.ts'
import type { Layout } from './engine-layout.ts'
import { type KernelWork, type Plan, sumsOf } from './engine-plan.ts'
import { productRecords } from './engine-stage-parameters.ts'
import type { IntegerAdd, IntegerConv } from './types.ts'

/** Z of A-4 as it is carried, of a profile with a zero point or without. */
export const carriedZeroPoint = ({ requantZeroPoint, requantBits }: IntegerConv, profile: Profile): number =>
  profile.requantise.some(({ stage }) => stage === 'add-zero-point')
    ? requantZeroPoint
    : codeOffset(profile, requantBits)

/** Where the hardware's own code 0 is in the table, and what is subtracted from an own code to store it. */
export function finishOf(
  node: IntegerConv,
  { layout: { convs, tensors }, profile }: Plan,
): { readonly table: number; readonly base: number } {
  const offset = codeOffset(profile, node.requantBits)
  const { table } = convs.get(node.name)!
  return {
    table: table === 0 ? 0 : table + 2 * offset,
    base: tensors.get(node.name)!.base - offset,
  }
}

/** Records of the channels, bytes from one to the next, and what the share works on. */
export function recordsOf({ name }: IntegerConv, { stages }: Layout, share: number): readonly number[] {
  const { records, recordBytes, scratch, scratchBytes } = stages!
  return [records.get(name)!, recordBytes, scratch + share * scratchBytes]
}

/** A convolution product by product. */
export function addProducts(node: IntegerConv, plan: Plan, tallied: boolean): KernelWork {
  const { layout, nodes, profile } = plan
  const input = layout.tensors.get(node.inputs[0])!
  const output = layout.tensors.get(node.name)!
  const at = layout.convs.get(node.name)!
  const corner = input.address - node.padding * (input.row + input.pixel)
  const [channels, height, width] = node.shape
  const inputBase = input.base - codeOffset(profile, nodes.get(node.inputs[0])!.quant.bits)
  const { table, base } = finishOf(node, plan)
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number, share: number) => {
    const [records, recordBytes, scratch] = recordsOf(node, layout, share) as [number, number, number]
    const [product, sum] = [0, 1].map((list) => productRecords(records, channels, recordBytes, list))
    return [
      corner + first * node.stride * input.row, input.row, input.pixel, node.kernel, at.run, node.inChannels, inputBase,
      at.weights, at.parameters, product!, sum!, records, recordBytes,
      table, base, output.address + first * output.row, output.row, output.pixel, channels, count, width, node.stride,
      scratch, tallied ? sumsOf(node, layout, first, 8) : 0,
    ]
  }
  return { call: 'convProducts', total: height, unit: 1, argumentsOf }
}

/** A-6 by stages or in float32. */
export function addByProfile(node: IntegerAdd, { layout, nodes, profile }: Plan): KernelWork {
  const { records, recordBytes, scratch, scratchBytes } = layout.stages!
  const { address, row, pixel, base } = layout.tensors.get(node.name)!
  const operands = (first: number): readonly number[] =>
    node.inputs.flatMap((name) => {
      const own = layout.tensors.get(name)!
      // q − Z, in which the offset of both cancels.
      return [own.address + first * own.row, own.row, nodes.get(name)!.quant.zeroPoint - own.base]
    })
  const { zeroPoint, bits } = node.quant
  const [, height, width] = node.shape
  const lanes = width * (pixel / 2)
  const at = records.get(node.name)!
  const isFloat = profile.add.form === 'float32'
  const own = base - codeOffset(profile, bits)
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number, share: number) => [
    ...operands(first), address + first * row, row, isFloat ? base : own, lanes, count, at,
    ...(isFloat ? [zeroPoint, 2 ** bits - 1] : [recordBytes, scratch + share * scratchBytes]),
  ]
  return { call: isFloat ? 'addFloats' : 'addStages', total: height, unit: 1, argumentsOf }
}
