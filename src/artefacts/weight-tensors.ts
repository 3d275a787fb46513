/** The weights of a model as named tensors: as stored, fused, and quantised. The `.pickle`, `.safetensors` and `.npy` files hold them. */
import { type Tensor as StoredTensor, toFloat32, toInt64 } from '../checkpoint/tensor.ts'
import type { IntegerConv, IntegerGraph } from '../golden/types.ts'
import type { ConvNode, FloatGraph } from '../graph/types.ts'
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
  const tensors = new Map<string, Tensor>()
  for (const node of graph.nodes) {
    if (node.op === 'conv')
      for (const [what, tensor] of convTensors(node)) tensors.set(`${node.name}.${what}`, tensor)
    if (node.op !== 'add') continue
    tensors.set(`${node.name}.multiplier`, { shape: [2], data: Uint16Array.from(node.multipliers) })
    tensors.set(`${node.name}.shift`, { shape: [1], data: Uint8Array.of(node.shift) })
  }
  if (graph.head !== null) {
    const { expTable, sigmoidTable } = graph.head
    tensors.set(`${graph.detect.name}.exp`, { shape: [expTable.length], data: expTable })
    tensors.set(`${graph.detect.name}.score`, { shape: [sigmoidTable.length], data: sigmoidTable })
  }
  return tensors
}

function convTensors(node: IntegerConv): [string, Tensor][] {
  const [channels] = node.shape
  const perChannel = (data: Tensor['data']): Tensor => ({ shape: [channels], data })
  return [
    ['weight', { shape: [channels, node.inChannels, node.kernel, node.kernel], data: node.weight }],
    ['bias', perChannel(node.bias)],
    ['multiplier', perChannel(node.multiplier)],
    ['shift', perChannel(node.shift)],
    ['scale', perChannel(node.weightScale)],
    ...(node.table === null
      ? []
      : ([['table', { shape: [node.table.length], data: node.table }]] as [string, Tensor][])),
  ]
}
