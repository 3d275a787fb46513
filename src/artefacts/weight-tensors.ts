/** The weights of a model as named tensors: as stored, fused, and quantised. The `.pickle`, `.safetensors` and `.npy` files hold them. */

import type { Profile } from '../arithmetic/profile.ts'
import { type Tensor as StoredTensor, toFloat32, toInt64 } from '../checkpoint/tensor.ts'
import { hardwareCodes, profileOf } from '../golden/code-range.ts'
import type { IntegerAdd, IntegerConcat, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { ConvNode, FloatGraph } from '../graph/types.ts'
import { outputMultipliers } from './output-multipliers.ts'
import type { Tensor } from './tensor.ts'

export type NamedTensors = ReadonlyMap<string, Tensor>

/** The checkpoint's parameters and buffers under their own names; floats of all widths as float32, integers as int64. */
export function originalTensors(state: ReadonlyMap<string, StoredTensor>): NamedTensors {
  return new Map(
    [...state].map(([name, tensor]) => {
      const { dtype, shape } = tensor
      const data = /^(b?float)/.test(dtype) ? toFloat32(tensor, name) : toInt64(tensor, name)
      return [name, { shape, data }]
    }),
  )
}

/** The checkpoint's prefix of a convolution's weight: its child `conv`, or itself where it is a plain convolution. */
const parameterPrefix = (node: ConvNode): string =>
  node.activation === 'none' ? node.name : `${node.name}.conv`

/** `<conv>.weight` [out, in, k, k] and `<conv>.bias` [out] of every convolution, float32, as the framework's own fusion names them. */
export function fusedTensors(graph: FloatGraph): NamedTensors {
  const tensors = new Map<string, Tensor>()
  for (const node of graph.nodes) {
    if (node.op !== 'conv') continue
    const prefix = parameterPrefix(node)
    const { inChannels, kernel, weight } = node
    tensors.set(`${prefix}.weight`, { shape: [node.shape[0], inChannels, kernel, kernel], data: weight })
    if (node.bias !== null) tensors.set(`${prefix}.bias`, { shape: [node.bias.length], data: node.bias })
  }
  return tensors
}

/** All that the integer network needs, `<layer>.<what>`: see docs/formats.md, "Quantised weights". */
export function quantisedTensors(graph: IntegerGraph): NamedTensors {
  const profile = profileOf(graph)
  const tensors = new Map<string, Tensor>()
  for (const node of graph.nodes) {
    for (const [what, tensor] of nodeTensors(node, profile)) tensors.set(`${node.name}.${what}`, tensor)
  }
  if (graph.head !== null) {
    const { expTable, sigmoidTable } = graph.head
    tensors.set(`${graph.detect.name}.exp`, { shape: [expTable.length], data: expTable })
    tensors.set(`${graph.detect.name}.score`, { shape: [sigmoidTable.length], data: sigmoidTable })
  }
  return tensors
}

type Named = readonly [what: string, tensor: Tensor]

function nodeTensors(node: IntegerNode, profile: Profile): readonly Named[] {
  switch (node.op) {
    case 'conv':
      return convTensors(node, profile)
    case 'add':
      return addTensors(node)
    case 'concat':
      return concatTensors(node)
    default:
      return []
  }
}

function convTensors(node: IntegerConv, profile: Profile): readonly Named[] {
  const [channels] = node.shape
  const perChannel = (data: Tensor['data']): Tensor => ({ shape: [channels], data })
  const pairs = outputMultipliers(node, profile)
  return [
    ['weight', { shape: [channels, node.inChannels, node.kernel, node.kernel], data: node.weight }],
    ['bias', perChannel(node.bias)],
    ['multiplier', perChannel(node.multiplier)],
    ['shift', perChannel(node.shift)],
    ['scale', perChannel(node.weightScale)],
    ...(node.factor === undefined ? [] : [['factor', perChannel(node.factor)] as const]),
    ...(pairs === null
      ? []
      : [
          ['output_multiplier', perChannel(pairs.multipliers)] as const,
          ['output_shift', perChannel(pairs.shifts)] as const,
        ]),
    ...(node.table === null
      ? []
      : [
          [
            'table',
            { shape: [node.table.length], data: hardwareCodes(profile, node.table, node.quant.bits) },
          ] as const,
        ]),
  ]
}

function addTensors({ multipliers, shift, stages }: IntegerAdd): readonly Named[] {
  const wide = multipliers.some((one) => one >= 2 ** 16)
  const own: readonly Named[] = [
    ['multiplier', { shape: [2], data: (wide ? Uint32Array : Uint16Array).from(multipliers) }],
    ['shift', { shape: [1], data: Uint8Array.of(shift) }],
  ]
  if (stages === undefined) return own
  return [
    ...own,
    ['operand_shift', { shape: [2], data: Int8Array.from(stages.shifts) }],
    ['operand_factor', { shape: [2], data: Float32Array.from(stages.factors) }],
    ['sum_multiplier', { shape: [1], data: Uint32Array.of(stages.multiplier) }],
    ['sum_factor', { shape: [1], data: Float32Array.of(stages.factor) }],
  ]
}

function concatTensors({ inputs, stages }: IntegerConcat): readonly Named[] {
  if (stages === undefined) return []
  const shape = [inputs.length]
  return [
    ['multiplier', { shape, data: Uint32Array.from(stages.multipliers) }],
    ['shift', { shape, data: Int8Array.from(stages.shifts) }],
    ['factor', { shape, data: Float32Array.from(stages.factors) }],
  ]
}
