/** Whether what a convolution's hardware wrote is exact under another arithmetic: other profiles, and one change of its own. */
import { ASSAY, PROFILES } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { accumulate, adderOf } from '../golden/accumulate.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { Engine } from '../golden/engine.ts'
import { layerGraph } from '../golden/layer-graph.ts'
import { requantiserOf } from '../golden/requantise.ts'
import type { Codes, IntegerConv } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { type Candidate, listCandidates } from './fault-candidates.ts'
import {
  type ConvolvedLayer,
  count,
  type Difference,
  ENOUGH_BITS,
  type FaultContext,
  log2Choose,
  type Pattern,
  thinOut,
} from './fault-evidence.ts'

/** A convolution, what it read, and the profile that it was quantised for. */
export interface LayerArithmetic extends ConvolvedLayer {
  readonly profile: Profile
}

/** Elements whose accumulators are worked out first: of wrong ones, and of all. */
const SAMPLE = 256

/** Every element that was written has the code of another arithmetic. */
export function findArithmetic(
  difference: Difference,
  { profile = ASSAY, layer: convolved }: FaultContext,
): Pattern<'arithmetic'> | null {
  if (convolved === undefined) return null
  const layer = { profile, ...convolved }
  const { expected, wrong } = difference
  const written = writtenOf(difference)
  // Which elements are wrong, and that each has one code of at least two.
  const few = Math.min(written.length, 64)
  if (log2Choose(expected.length, few) + written.length < ENOUGH_BITS) return null
  const exact = exactArithmetics(difference, layer)
  if (exact.length === 0) return null
  const [first, ...others] = exact
  const missing = wrong.length - written.length
  const all = `all ${count(expected.length - missing)} elements${missing === 0 ? '' : ' that were written'}`
  const also = others.slice(0, 2).map(({ name }) => name)
  return {
    name: 'arithmetic',
    evidence: `${all} are exact under ${first!.name}${also.length === 0 ? '' : ` (and under ${also.join(', and under ')})`}: ${first!.means}${missing === 0 ? '' : `. ${count(missing)} were never written`}`,
  }
}

/** Other arithmetics under which every element that was written is exact, the simplest first: a few of them. */
export function exactArithmetics(
  difference: Pick<Difference, 'actual' | 'shape' | 'wrong'>,
  layer: LayerArithmetic,
): readonly Candidate[] {
  const { profile, node, input } = layer
  if (!isQuickUnder(profile, node)) return []
  const written = writtenOf(difference)
  const all = listCandidates(profile, node, input.quant, (own) => isQuickUnder(own, node))
  return exactEverywhere(difference, layer, survivors(difference, written, layer, all))
}

/** The wrong elements that were written: mostly all. */
function writtenOf({ actual, wrong }: Pick<Difference, 'actual' | 'wrong'>): Int32Array {
  for (const index of wrong) if (actual[index]! < 0) return wrong.filter((own) => actual[own]! >= 0)
  return wrong
}

/** Products that the engine adds one by one within a second. */
const FEW_PRODUCTS = 30_000_000

/** Whether the engine computes the layer within a second. */
function isQuickUnder(profile: Profile, node: IntegerConv): boolean {
  const [, height, width] = node.shape
  return adderOf(profile).isPlain || node.weight.length * height * width <= FEW_PRODUCTS
}

/** Those that give what the hardware wrote at some elements, by the specification. */
function survivors(
  { actual, shape }: Pick<Difference, 'actual' | 'shape'>,
  written: Int32Array,
  { node, input }: LayerArithmetic,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const [, height, width] = shape
  const few = Math.min(actual.length, SAMPLE)
  const spread = Array.from({ length: few }, (_, i) => Math.floor((i * actual.length) / few))
  const points = [...thinOut(written, SAMPLE), ...spread]
    .filter((index) => actual[index]! >= 0)
    .map((index) => {
      const [channel, rest] = [Math.floor(index / (height * width)), index % (height * width)]
      return { index, at: { channel, y: Math.floor(rest / width), x: rest % width } }
    })
  return candidates.filter((candidate) =>
    points.every(({ index, at }) => {
      const acc = accumulate(candidate.node, input, at, candidate.profile)
      const code = requantiserOf(candidate.profile, candidate.node, at.channel)(acc)
      return (node.table === null ? code : node.table[code]) === actual[index]
    }),
  )
}

/** Candidates that are computed in full: the same elements seldom fit more. */
const MOST_RUNS = 3

/** Those that give it at every element, by the engine. */
function exactEverywhere(
  { actual }: Pick<Difference, 'actual'>,
  { input }: LayerArithmetic,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const [simplest, ...others] = candidates
  const isBuiltIn = ({ name }: Candidate): boolean => PROFILES.some((own) => own.name === name)
  const ranked = [
    ...(simplest === undefined ? [] : [simplest]),
    ...others.filter(isBuiltIn),
    ...others.filter((candidate) => !isBuiltIn(candidate)),
  ]
  return ranked.slice(0, MOST_RUNS).filter(({ profile, node }) => {
    const codes = computeLayer(node, input, profile)
    return codes?.every((code, index) => actual[index]! < 0 || actual[index] === code)
  })
}

/** Null where the engine does not compute values as wide as these. */
export function computeLayer(
  node: IntegerConv,
  { codes, shape, quant }: CodeTensor,
  profile: Profile,
): Codes | null {
  try {
    const graph = layerGraph(node, [{ name: node.inputs[0], shape, quant }], profile)
    return Engine.create(graph).runLayer(node.name, [codes])
  } catch (error) {
    if (error instanceof RangeError || error instanceof InputError) return null
    throw error
  }
}
