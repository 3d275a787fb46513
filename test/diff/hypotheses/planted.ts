/** Random small layers, and what is said of codes that a layer with one thing changed would give. */
import { ASSAY } from '../../../src/arithmetic/built-in.ts'
import { classifyFault } from '../../../src/diff/classify.ts'
import type { FaultContext } from '../../../src/diff/fault-evidence.ts'
import type { FaultKind } from '../../../src/diff/fault-kinds.ts'
import type { CodeTensor } from '../../../src/golden/codes.ts'
import { runSpec } from '../../../src/golden/run.ts'
import type { Codes, IntegerGraph, IntegerNode } from '../../../src/golden/types.ts'
import { randomImage } from '../../golden/random-graph.ts'

export type Operator = Exclude<IntegerNode, { op: 'input' }>
export type Of<Name> = Extract<Operator, { op: Name }>

/** A layer with what it reads and should write, in its graph. */
export interface TestLayer<Name extends Operator['op']> {
  readonly node: Of<Name>
  readonly inputs: readonly CodeTensor[]
  readonly expected: Codes
  readonly context: FaultContext
  /** The convolutions of the graph, in their order. */
  readonly convolutions: readonly Of<'conv'>[]
}

/** PI, PO and PX of these tests: several words of the layers' channels. */
export const LANES = 8
export const PIXELS = 4

export function layerOf<Name extends Operator['op']>(
  graph: IntegerGraph,
  name: string,
  op: Name,
  before: readonly string[] = [],
): TestLayer<Name> {
  const golden = runSpec(graph, randomImage(graph, 5))
  const find = (wanted: string): IntegerNode => graph.nodes.find((node) => node.name === wanted)!
  const tensor = (wanted: string) => {
    const { shape, quant } = find(wanted)
    return { name: wanted, shape, quant, codes: golden.get(wanted)! }
  }
  const node = find(name) as Of<Name>
  if (node.op !== op) throw new TypeError(`${name} is no ${op}`)
  const inputs = node.inputs.map(tensor)
  const convolutions = graph.nodes.filter((one) => one.op === 'conv')
  const context: FaultContext = {
    ...{ inputLanes: LANES, outputLanes: LANES, pixels: PIXELS, profile: ASSAY, convolutions },
    ...{ layer: { node, inputs }, others: inputs, staleInputs: before.map(tensor) },
  }
  return { node, inputs, expected: golden.get(name)!, context, convolutions }
}

/** What is said of these codes; null where they are the right ones. */
export const classify = <Name extends Operator['op']>(
  { node, expected, context }: TestLayer<Name>,
  actual: Codes | Int32Array,
): FaultKind | null => classifyFault(expected, actual, node.shape, node.quant.bits, context)
