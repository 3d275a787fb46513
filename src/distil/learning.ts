/** All parameters of an integer network that distillation learns, and the integer network that they make. */
import { profileOf } from '../golden/code-range.ts'
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { buildIntegerGraph, type QuantiseOptions, type Ranges } from '../quantise/integer-graph.ts'
import { findScaleGroups, requantisesInputs } from '../quantise/scale-groups.ts'
import { ConvParameter, FixedConv, ImageCodes, type Parameter, StepParameter } from './parameters.ts'
import type { Student } from './student.ts'

export interface Learned {
  readonly integer: IntegerGraph
  readonly ranges: Ranges
}

export interface Learning {
  readonly parameters: readonly Parameter[]
  /** The student for crops, whose size the graph has. */
  student(graph: FloatGraph): Student
  /** @param ranges where learning began: those of pre-activations stand. */
  build(ranges: Ranges, options: QuantiseOptions): Learned
}

/** Begins with the parameters of the integer graph. */
export function openLearning(graph: FloatGraph, integer: IntegerGraph): Learning {
  const profile = profileOf(integer)
  const groups = findScaleGroups(graph, profile)
  const nodes = new Map(integer.nodes.map((node) => [node.name, node]))
  const rounded = new Set(
    integer.nodes.flatMap((node) =>
      node.op === 'conv' || node.op === 'add' || requantisesInputs(node, profile) ? [node.name] : [],
    ),
  )
  const codes = new Map<string, Float32Array>()
  const convs: ConvParameter[] = []
  const fixed: Parameter[] = [new ImageCodes(integer)]
  for (const node of graph.nodes) {
    if (node.op !== 'conv') continue
    const made = nodes.get(node.name)
    if (made?.op === 'conv') convs.push(new ConvParameter(made, nodes.get(made.inputs[0])!.quant, profile))
    else fixed.push(new FixedConv(node))
    codes.set(node.name, made?.op === 'conv' ? Float32Array.from(made.weight) : node.weight)
  }
  const steps = [...new Set([...rounded].map((name) => groups.get(name)!))].map(
    (group) => new StepParameter(group, nodes.get(group)!.quant),
  )
  const stepOf = new Map(steps.map((one) => [one.group, one]))
  const inputScale = (name: string): number =>
    stepOf.get(groups.get(name)!)?.scale ?? nodes.get(name)!.quant.scale
  return {
    parameters: [...fixed, ...convs, ...steps],
    student: (small) => ({ graph: small, groups, codes, rounded }),
    build: (before, options) => {
      const ranges = new Map([...before, ...steps.map((one) => [one.group, one.take()] as const)])
      const refined = new Map(
        convs.map((one) => [one.node.name, one.take(inputScale(one.node.inputs[0]))] as const),
      )
      return { integer: buildIntegerGraph(graph, ranges, { ...options, refined }), ranges }
    },
  }
}
