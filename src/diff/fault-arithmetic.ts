/** Whether what a convolution's hardware wrote is exact under another arithmetic: other profiles, and one change of its own. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { runStages } from '../arithmetic/run-stages.ts'
import type { ChannelParameters } from '../arithmetic/stages.ts'
import { accumulate } from '../golden/accumulate.ts'
import { codeOffset } from '../golden/code-range.ts'
import { runStagesFast } from '../golden/run-stages-fast.ts'
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
import { channelSums, exactProfile, isQuick } from './fault-sums.ts'

/** A convolution, what it read, and the profile that it was quantised for. */
interface LayerArithmetic extends ConvolvedLayer {
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
  if (!isQuick(layer)) return null
  const { actual, expected, wrong } = difference
  const written = wrong.filter((index) => actual[index]! >= 0)
  // Which elements are wrong, and that each has one code of at least two.
  const few = Math.min(written.length, 64)
  if (log2Choose(expected.length, few) + written.length < ENOUGH_BITS) return null
  const sampled = survivors(difference, written, layer, listCandidates(layer.profile, layer.node))
  if (sampled.length === 0) return null
  const exact = exactEverywhere(difference, layer, sampled)
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

/** Those that give what the hardware wrote at some elements, by the specification. */
function survivors(
  { actual, shape }: Difference,
  written: Int32Array,
  { profile, node, input }: LayerArithmetic,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const [, height, width] = shape
  const spread = thinOut(
    Int32Array.from({ length: actual.length }, (_, index) => index),
    SAMPLE,
  )
  const exact = exactProfile(profile)
  const points = [...thinOut(written, SAMPLE), ...spread]
    .filter((index) => actual[index]! >= 0)
    .map((index) => {
      const [channel, rest] = [Math.floor(index / (height * width)), index % (height * width)]
      const at = { channel, y: Math.floor(rest / width), x: rest % width }
      return {
        index,
        channel,
        sums: { own: accumulate(node, input, at, profile), exact: accumulate(node, input, at, exact) },
      }
    })
  const offset = codeOffset(profile, node.requantBits)
  return candidates.filter((candidate) =>
    points.every(({ index, channel, sums }) => {
      const by = candidate.parametersOf(channel)
      if (by === null) return false
      const code = Number(runStages(candidate.stages, BigInt(candidate.accumulator(sums)), by)) + offset
      return (node.table === null ? code : node.table[code]) === actual[index]
    }),
  )
}

/** Those that give it at every element, by the kernel, a channel at a time. */
function exactEverywhere(
  { actual, shape }: Difference,
  layer: LayerArithmetic,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const { profile, node } = layer
  const offset = codeOffset(profile, node.requantBits)
  const plane = shape[1] * shape[2]
  let left = candidates
  for (const { channel, sums } of channelSums(layer)) {
    left = left.filter((candidate) => {
      const codes = codesOf(candidate, sums, candidate.parametersOf(channel))
      if (codes === null) return false
      for (let i = 0; i < plane; i++) {
        const got = actual[channel * plane + i]!
        const code = codes[i]! + offset
        if (got >= 0 && got !== (node.table === null ? code : node.table[code])) return false
      }
      return true
    })
    if (left.length === 0) break
  }
  return left
}

/** Null where the stages do not take an accumulator of this size. */
function codesOf(
  { accumulator, stages }: Candidate,
  { own, exact }: { readonly own: Float64Array; readonly exact: Float64Array },
  by: ChannelParameters | null,
): Int32Array | null {
  if (by === null) return null
  const accs = own.map((value, i) => accumulator({ own: value, exact: exact[i]! }))
  try {
    return runStagesFast(stages, accs, by)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
