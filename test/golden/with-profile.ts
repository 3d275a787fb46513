/** A random graph for another arithmetic: weights and tables are kept, everything else is chosen anew. */
import { factorOf, factorTypes } from '../../src/arithmetic/parameters.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import type { IntegerConv, IntegerGraph, IntegerNode, QuantParams } from '../../src/golden/types.ts'
import { integerAdd, integerConcat } from '../../src/quantise/integer-nodes.ts'

/** Codes stay as they are carried, so that sums spread as before. */
export function withProfile(graph: IntegerGraph, profile: Profile): IntegerGraph {
  const fixed = profile.codes.zeroPoint
  const zeroOf = (own: number, bits: number): number =>
    fixed === 'tensor' ? own : fixed + codeOffset(profile, bits)
  const quantOf = (quant: QuantParams): QuantParams => ({
    ...quant,
    zeroPoint: zeroOf(quant.zeroPoint, quant.bits),
  })
  const quants = new Map<string, QuantParams>()
  for (const node of graph.nodes) quants.set(node.name, quantFor(node, quantOf(node.quant), profile, quants))
  const nodes = graph.nodes.map((node): IntegerNode => {
    const quant = quants.get(node.name)!
    if (node.op === 'conv') {
      const requantZeroPoint = zeroOf(node.requantZeroPoint, node.requantBits)
      const own = { ...node, quant, requantZeroPoint }
      return convFor(own, profile, node.requantZeroPoint, quants.get(node.inputs[0])!)
    }
    if (node.op === 'concat')
      return integerConcat(
        node,
        node.inputs.map((name) => quants.get(name)!),
        quant,
        profile,
      )
    if (node.op !== 'add') return { ...node, quant }
    const [a, b] = node.inputs.map((name) => quants.get(name)!) as [QuantParams, QuantParams]
    return integerAdd({ ...node, op: 'add' }, [a, b], quant, profile)
  })
  return { ...graph, nodes, profile }
}

/** Where a concat requantises, what meets in it and what it makes have scales and zero points of their own. */
function quantFor(
  node: IntegerNode,
  quant: QuantParams,
  profile: Profile,
  known: ReadonlyMap<string, QuantParams>,
): QuantParams {
  if (profile.concat === undefined || node.op === 'input') return quant
  const passes = node.op === 'slice' || node.op === 'max-pool' || node.op === 'upsample'
  if (passes) return known.get(node.inputs[0])!
  const isFree = profile.codes.scale === 'free'
  // By its place; the output of a concat has a scale that none of these is.
  const step = known.size
  const own = isFree ? 0.7 + 0.17 * (step % 4) : 2 ** -(step % 3)
  if (node.op !== 'concat') return { ...quant, scale: quant.scale * own }
  const moves = profile.codes.zeroPoint === 'tensor' && quant.zeroPoint > 2
  return {
    ...quant,
    scale: quant.scale * (isFree ? 1.05 : 2),
    zeroPoint: quant.zeroPoint - (moves ? 2 : 0),
  }
}

function convFor(node: IntegerConv, profile: Profile, zeroBefore: number, input: QuantParams): IntegerConv {
  const [channels] = node.shape
  const size = node.weight.length / channels
  const offset = codeOffset(profile, input.bits)
  const ratios = Array.from(node.multiplier, (m, o) => m / 2 ** node.shift[o]!)
  const factors = ratios.map((ratio) => factorOf(profile.requantise, ratio))
  const bias = node.bias.map((own, o) => {
    let sum = 0
    for (let i = o * size; i < (o + 1) * size; i++) sum += node.weight[i]!
    return own + offset * sum + Math.round((zeroBefore - node.requantZeroPoint) / ratios[o]!)
  })
  const types = factorTypes(profile.requantise)
  return {
    ...node,
    bias,
    multiplier: types.multiplier.from(factors.map(({ multiplier }) => multiplier)),
    shift: types.shift.from(factors.map(({ shift }) => shift)),
    ...(types.hasFactor ? { factor: Float32Array.from(factors, ({ scale }) => scale) } : {}),
  }
}
