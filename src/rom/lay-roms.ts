/** Contents of the ROMs besides the program (docs/detector.md, "ROMs"). */
import type { IntegerConv, IntegerGraph } from '../golden/types.ts'
import { paramBits } from './arithmetic-words.ts'
import { type RomImage, wordBytes } from './formats/types.ts'
import type { GraphArithmetic } from './graph-arithmetic.ts'
import type { EngineParameters } from './parameters.ts'
import { layParams } from './params.ts'
import type { Placement } from './placement.ts'
import {
  type ConvLanes,
  groupsOf,
  layWeights,
  planConvLanes,
  weightWordBits,
  weightWords,
} from './weights.ts'

export interface LaidConvolution {
  readonly lanes: ConvLanes
  readonly weightBase: number
  readonly paramBase: number
  readonly tableBase: number
}

export interface Laid {
  readonly convs: ReadonlyMap<string, LaidConvolution>
  readonly arithmetic: GraphArithmetic
  readonly weights: RomImage
  readonly params: RomImage
  readonly tables: RomImage
}

/** Weights, parameters and tables of all convolutions, one after the other, and where each one's begin. */
export function layConvolutions(
  graph: IntegerGraph,
  placements: ReadonlyMap<string, Placement>,
  engine: EngineParameters,
  modelId: number,
  arithmetic: GraphArithmetic,
): Laid {
  const { profile, units } = arithmetic
  const bits = new Map(graph.nodes.map((node) => [node.name, node.quant.bits]))
  const convs = new Map<string, LaidConvolution>()
  let weightBase = 0
  let paramBase = 1
  let tableBase = 0
  const nodes = graph.nodes.filter((node): node is IntegerConv => node.op === 'conv')
  for (const node of nodes) {
    const lanes = planConvLanes(node, placements.get(node.inputs[0])!, placements.get(node.name)!, engine)
    convs.set(node.name, { lanes, weightBase, paramBase, tableBase })
    weightBase += weightWords(lanes, engine)
    paramBase += groupsOf(lanes, engine)
    if (node.table !== null) tableBase += node.table.length
  }
  const weightWidth = weightWordBits(engine)
  const weightBytes = new Uint8Array(Math.max(1, weightBase) * wordBytes(weightWidth))
  const paramWidth = engine.outputLanes * paramBits(units.requantise)
  const paramBytes = new Uint8Array(paramBase * (paramWidth / 8))
  new DataView(paramBytes.buffer).setUint32(0, modelId, true)
  const tableBytes = new Uint8Array(Math.max(1, tableBase))
  for (const node of nodes) {
    const laid = convs.get(node.name)!
    layWeights(weightBytes, laid.weightBase, node, laid.lanes, engine)
    const layout = { profile, unit: units.requantise, inputBits: bits.get(node.inputs[0])! }
    layParams(paramBytes, laid.paramBase, node, laid.lanes, engine, layout)
    if (node.table !== null) tableBytes.set(node.table, laid.tableBase)
  }
  return {
    convs,
    arithmetic,
    weights: { name: 'weights', width: weightWidth, depth: Math.max(1, weightBase), bytes: weightBytes },
    params: { name: 'params', width: paramWidth, depth: paramBase, bytes: paramBytes },
    tables: { name: 'tables', width: engine.activationBits, depth: tableBytes.length, bytes: tableBytes },
  }
}

/** Exponentials of A-8, then scores of A-9. */
export function makeHeadRom(graph: IntegerGraph, engine: EngineParameters): RomImage {
  const entries = 2 ** engine.activationBits
  const words = new Uint16Array(2 * entries)
  if (graph.head !== null) {
    words.set(graph.head.expTable, 0)
    words.set(graph.head.sigmoidTable, entries)
  }
  return { name: 'head', width: 16, depth: words.length, bytes: new Uint8Array(words.buffer) }
}
