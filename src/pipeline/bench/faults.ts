/** This file describes a layer's result beyond equal or not: the kind of fault, where it is, and how the codes are spread. */
import { classifyFault, type FaultContext, type OtherTensor } from '../../diff/classify.ts'
import { countCodes, mapErrors } from '../../diff/error-map.ts'
import { codeOffset, profileOf } from '../../golden/code-range.ts'
import type { CodeTensor } from '../../golden/codes.ts'
import type { IntegerConv } from '../../golden/types.ts'
import type { LayerResult } from '../../result/result.ts'
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
    zeroPoint: node.quant.zeroPoint,
    profile: profileOf(graph),
    ...(node.op === 'conv' ? convContext({ graph, golden }, node) : {}),
    others: staleCandidates({ graph, golden, roms }, pc),
  }
  return {
    kind: classifyFault(expected, actual, node.shape, bits, context),
    errorMap: mapErrors(expected, actual, node.shape, offset),
    histogram,
  }
}

/** With its arithmetic where its weights are known. */
function convContext(
  operands: Pick<Operands, 'graph' | 'golden'>,
  node: IntegerConv,
): Pick<FaultContext, 'table' | 'requantZeroPoint' | 'layer'> {
  const { table, requantZeroPoint } = node
  const whole = withOwnWeights(operands.golden, node)
  if (whole === null) return { table, requantZeroPoint }
  return { table, requantZeroPoint, layer: { node: whole, input: tensorOf(operands, node.inputs[0]) } }
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
  return [...names].map((name) => ({
    name,
    shape: graph.nodes.find((node) => node.name === name)!.shape,
    codes: golden.get(name)!,
  }))
}
