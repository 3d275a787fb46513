/** An integer graph with every operation, and the same with a field changed. */
import { checkIntegerGraph } from '../../src/quantise/integer-check.ts'

export type Json = Record<string, unknown>

const quant = { scale: 0.5, zeroPoint: 3, bits: 4 }
export const conv = {
  ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: [2, 3, 2], quant, inChannels: 3 },
  ...{ kernel: 3, stride: 2, padding: 1, weightBits: 4, weight: new Int8Array(54) },
  ...{ weightScale: new Float64Array(2), bias: new Int32Array(2), multiplier: new Uint16Array(2) },
  ...{ shift: new Uint8Array(2), requantZeroPoint: 3, requantBits: 4, requantScale: 1 },
  table: new Uint8Array(16),
}
// 2 x 3 x 2 from an image of 3 x 5 x 4: (5 + 2 - 3) / 2 + 1 and (4 + 2 - 3) / 2 + 1, rounded down.
export const nodes: Json[] = [
  { op: 'input', name: 'images', shape: [3, 5, 4], quant },
  conv,
  { op: 'slice', name: 'half', inputs: ['conv'], shape: [1, 3, 2], begin: 1, quant },
  {
    op: 'add',
    name: 'sum',
    inputs: ['conv', 'conv'],
    shape: [2, 3, 2],
    multipliers: [1, 2],
    shift: 1,
    quant,
  },
  { op: 'max-pool', name: 'pool', inputs: ['sum'], shape: [2, 3, 2], kernel: 5, quant },
  { op: 'concat', name: 'cat', inputs: ['conv', 'half', 'pool'], shape: [5, 3, 2], quant },
  { op: 'upsample', name: 'up', inputs: ['half'], shape: [1, 6, 4], quant },
  { op: 'concat', name: 'box', inputs: ['conv', 'sum'], shape: [4, 3, 2], quant },
]
export const graph: Json = {
  nodes,
  detect: {
    name: 'model.22',
    levels: [{ stride: 8, box: 'box', cls: 'conv' }],
    regMax: 1,
    classes: ['a', ''],
  },
  head: { expTable: new Uint16Array(16), sigmoidTable: new Uint16Array(16) },
  aliases: new Map([['a', 'b']]),
  weightBits: 4,
  activationBits: 4,
}

/** The graph with one field changed: `nodes.1.kernel`. */
export function change(path: string, value: unknown): Json {
  const copy = structuredClone(graph)
  const keys = path.split('.')
  const last = keys.pop()!
  const parent = keys.reduce<Json>((record, key) => record[key] as Json, copy)
  parent[last] = value
  return copy
}
export const check = (value: unknown) => checkIntegerGraph(value, 'model.assay', 'Make it again.')
