/** This file describes a layer's result beyond equal or not: the kind of fault, where it is, and how the codes are spread. */
import { classifyFault, type FaultContext, type OtherTensor } from '../../diff/classify.ts'
import { countCodes, mapErrors } from '../../diff/error-map.ts'
import { codeOffset, profileOf } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerNode } from '../../golden/types.ts'
import type { LayerResult } from '../../result/result.ts'
import { banks } from '../../rom/parameters.ts'
import { planConvLanes } from '../../rom/weights.ts'
import { withOwnWeights } from './golden-file.ts'
import type { Reference } from './reference.ts'

type Operands = Pick<Reference, 'graph' | 'golden' | 'roms'>
type Details = Pick<LayerResult, 'kind' | 'errorMap' | 'histogram'>

/** @param actual what the step at `pc` wrote; -1 marks an element that it did not write. */
export function describeFault(
  { graph, golden, roms }: Operands,
  pc: number,
  actual: Int32Array,
  equal: boolean,
): Details {
  const name = roms.steps[pc]!.writes!
  const node = graph.nodes.find((candidate) => candidate.name === name)!
  const expected = golden.get(name)!
  const { bits } = node.quant
  const offset = codeOffset(profileOf(graph), bits)
  const histogram = countCodes(expected, equal ? null : actual, bits, offset)
  if (equal) return { kind: null, errorMap: null, histogram }
  const { inputLanes, outputLanes, pixels } = roms.engine
  const context: FaultContext = {
    inputLanes,
    outputLanes,
    pixels,
    profile: profileOf(graph),
    ...layerContext({ graph, golden, roms }, node),
    others: staleCandidates({ graph, golden, roms }, pc),
    staleInputs: otherTensors({ graph, golden }, roms.steps[pc - 1]?.reads ?? []),
    ...memoryOf({ graph, roms }, node),
  }
  return {
    kind: classifyFault(expected, actual, node.shape, bits, context),
    errorMap: mapErrors(expected, actual, node.shape, offset),
    histogram,
  }
}

/** Of an operator that pads. Codes with an offset lie otherwise. */
function memoryOf(
  { graph, roms }: Pick<Operands, 'graph' | 'roms'>,
  node: IntegerNode,
): Pick<FaultContext, 'memory'> {
  if (node.op !== 'conv' && node.op !== 'max-pool') return {}
  const [input, output] = [node.inputs[0], node.name].map((name) => roms.placements.get(name)!)
  if (codeOffset(profileOf(graph), node.quant.bits) !== 0) return {}
  const lanes = roms.engine.inputLanes
  return { memory: { banks: banks(roms.engine), lanes, input: input!, output: output! } }
}

/** What it reads, and a convolution's arithmetic where its weights are known. */
function layerContext(
  { graph, golden, roms }: Operands,
  node: IntegerNode,
): Pick<FaultContext, 'table' | 'layer' | 'lanes' | 'convolutions'> {
  if (node.op === 'input') return {}
  const inputs = node.inputs.map((name) => tensorOf({ graph, golden }, name))
  if (node.op !== 'conv') return { layer: { node, inputs } }
  const { table } = node
  const [input, output] = [node.inputs[0], node.name].map((name) => roms.placements.get(name)!)
  const around = {
    lanes: planConvLanes(node, input!, output!, roms.engine),
    convolutions: roms.steps.flatMap(({ writes }) => {
      const other = graph.nodes.find(({ name }) => name === writes)
      return other?.op === 'conv' ? [other] : []
    }),
  }
  const whole = withOwnWeights(golden, node)
  return whole === null ? { table } : { table, ...around, layer: { node: whole, inputs } }
}

function tensorOf({ graph, golden }: Pick<Operands, 'graph' | 'golden'>, name: string): CodeTensor {
  const { shape, quant } = graph.nodes.find((node) => node.name === name)!
  return { shape, quant, codes: golden.get(name)! }
}

/** Lists what a memory may still hold if a step does not do its work: its operands, and what the previous step wrote. */
function staleCandidates({ graph, golden, roms }: Operands, pc: number): readonly OtherTensor[] {
  const step = roms.steps[pc]!
  const before = roms.steps[pc - 1]?.writes ?? null
  const names = new Set([...(before === null ? [] : [before]), ...step.reads])
  // A copy (upsampling by 1) should hold what it reads.
  names.delete(step.writes!)
  return otherTensors({ graph, golden }, names)
}

const otherTensors = (
  { graph, golden }: Pick<Operands, 'graph' | 'golden'>,
  names: Iterable<string>,
): readonly OtherTensor[] =>
  [...new Set(names)].map((name) => ({ name, ...tensorOf({ graph, golden }, name) }))
