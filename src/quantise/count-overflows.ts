/**
 * Sums that do not fit a profile's accumulator, which wraps or saturates them: which layers can have some, by proof, and how many
 * they have on real images. A sum counts that does not fit behind the last product, and where each product saturates also one that is
 * another than without limits.
 */
import type { Profile } from '../arithmetic/profile.ts'
import { accumulatorRanges, signedBits } from '../golden/accumulator.ts'
import { profileOf } from '../golden/code-range.ts'
import { Engine } from '../golden/engine.ts'
import { KernelMemory } from '../golden/engine-kernel.ts'
import { layerGraph } from '../golden/layer-graph.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import { runGently } from './run-gently.ts'

export interface Overflow {
  readonly layer: string
  /** Of all images. */
  readonly sums: number
  /** How many of them do not fit. */
  readonly outside: number
}

/** Whether some input makes a sum that does not fit the accumulator. */
export const canOverflow = (node: IntegerConv, inputBits: number, profile: Profile): boolean =>
  accumulatorRanges(node, inputBits, profile).some((range) => signedBits(range) > profile.accumulator.bits)

/** Convolutions that can. */
export function findOverflowing(graph: IntegerGraph): readonly IntegerConv[] {
  const profile = profileOf(graph)
  const bits = new Map(graph.nodes.map((node) => [node.name, node.quant.bits]))
  return graph.nodes.filter(
    (node): node is IntegerConv =>
      node.op === 'conv' && canOverflow(node, bits.get(node.inputs[0])!, profile),
  )
}

/** Each of `findOverflowing` on every image: what it reads is what the hardware would have given it. */
export async function countOverflows(
  graph: IntegerGraph,
  images: readonly Codes[],
  layers: readonly IntegerConv[] = findOverflowing(graph),
): Promise<readonly Overflow[]> {
  if (layers.length === 0) return []
  const engine = Engine.create(graph)
  const only = new Set(layers.flatMap(({ inputs }) => inputs))
  const tensors: ReadonlyMap<string, Codes>[] = []
  for (const image of images) tensors.push(await runGently(engine, image, { only }))
  const memory = new KernelMemory()
  return layers.map((node) => {
    const [name] = node.inputs
    const input = graph.nodes.find((own) => own.name === name)!
    const codes = tensors.map((held) => held.get(name)!)
    return { layer: node.name, ...countOutside(node, input, codes, profileOf(graph), memory) }
  })
}

/** A convolution on the given codes of its input. */
export function countOutside(
  node: IntegerConv,
  input: IntegerNode,
  tensors: readonly Codes[],
  profile: Profile,
  memory = new KernelMemory(),
): Omit<Overflow, 'layer'> {
  const counts = { sums: 0, outside: 0 }
  const run = (accumulator: Profile['accumulator'], end: Stages): readonly Codes[] => {
    const layer = Engine.create(sumsOf(node, input, { ...profile, accumulator }, end), { memory })
    return tensors.map((codes) => layer.runLayer(node.name, [codes]))
  }
  const tops = run(LIMITLESS, highBits(profile))
  const saturates = profile.accumulator.at === 'product' && profile.accumulator.overflow === 'saturate'
  const own = saturates ? run(profile.accumulator, LOW_BITS) : []
  const free = saturates ? run(LIMITLESS, LOW_BITS) : []
  for (const [image, codes] of tops.entries())
    for (const [i, code] of codes.entries()) {
      counts.sums++
      const isOther = saturates && own[image]![i] !== free[image]![i]
      if (isOther || code < FITS.low || code > FITS.high) counts.outside++
    }
  return counts
}

/** Bits of the codes that stand for sums: one more than those that fit have, so that a clamped one is known as such. */
const CODE_BITS = 16
const FITS = { low: 2 ** (CODE_BITS - 2), high: 2 ** (CODE_BITS - 1) + 2 ** (CODE_BITS - 2) - 1 }

const LIMITLESS = { bits: 64, overflow: 'wrap', at: 'end' } as const

/** What becomes of an accumulator before it is narrowed to a code. */
interface Stages {
  readonly stages: Profile['requantise']
  readonly overflow: 'saturate' | 'wrap'
}

const LOW_BITS: Stages = { stages: [], overflow: 'wrap' }

/** One bit more than those that fit. */
function highBits({ accumulator }: Profile): Stages {
  const dropped = accumulator.bits - (CODE_BITS - 1)
  const stage =
    dropped > 0
      ? ({ stage: 'shift-right', rounding: 'floor', by: dropped } as const)
      : ({ stage: 'shift-left', by: -dropped } as const)
  return { stages: [stage], overflow: 'saturate' }
}

/** The layer alone, whose codes are what the stages leave of its accumulators. */
function sumsOf(
  node: IntegerConv,
  input: IntegerNode,
  profile: Profile,
  { stages, overflow }: Stages,
): IntegerGraph {
  const [channels] = node.shape
  const plain: IntegerConv = {
    ...node,
    quant: { scale: 1, zeroPoint: 2 ** (CODE_BITS - 1), bits: CODE_BITS },
    requantBits: CODE_BITS,
    requantZeroPoint: 2 ** (CODE_BITS - 1),
    multiplier: new Uint16Array(channels),
    shift: new Uint8Array(channels),
    table: null,
  }
  return layerGraph(plain, [input], {
    ...profile,
    // Of codes that are read signed or not: what is made is signed in either case.
    name: `sums of ${profile.name}`,
    requantise: [
      ...stages,
      ...(profile.codes.signed ? [] : [{ stage: 'add-zero-point' } as const]),
      { stage: 'narrow', signed: profile.codes.signed, overflow },
    ],
  })
}
