/** Which arithmetic answers fit: accumulators and the codes that a module made of them, against candidates. */
import { runStages } from './run-stages.ts'
import type { ChannelParameters, Stage } from './stages.ts'

/** An accumulator, what its channel is computed with, and the code that the module gave. */
export interface Sample {
  readonly acc: bigint
  /** M, s and Z as the module was given them. One object for all samples of a channel keeps a fit quick. */
  readonly by: ChannelParameters
  /** The bits of the code, as a signed or an unsigned number. */
  readonly code: bigint
  /** Which element of a layer it is, and of what input; absent where a requantiser alone is driven. */
  readonly at?: { readonly input: string; readonly channel: number; readonly y: number; readonly x: number }
}

/** What the module's ports mean where that is not M, s and Z themselves. */
export interface Reading {
  /** s = shiftSign · shift + shiftOffset. */
  readonly shiftSign: -1 | 0 | 1
  readonly shiftOffset: number
  /** Bits of a zero point that is two's complement on an unsigned port. */
  readonly zeroPointBits?: number
}
export const AS_GIVEN: Reading = { shiftSign: 1, shiftOffset: 0 }

export interface Candidate {
  readonly name: string
  readonly stages: readonly Stage[]
  readonly reading: Reading
}

export interface Difference {
  readonly sample: Sample
  /** The candidate's code. */
  readonly expected: bigint
}

export interface Fit {
  readonly candidate: Candidate
  /** Samples whose codes are the candidate's. */
  readonly agreed: number
  readonly first: Difference | null
}

export interface Ranking {
  readonly samples: number
  /** Candidates that no sample contradicts, in their order. */
  readonly exact: readonly Fit[]
  /** The best of the others, the best first. */
  readonly nearest: readonly Fit[]
}

export type See = (code: bigint) => bigint

/** So many samples, evenly spread, are tried before all. */
const ROUNDS = [48, 512]
/** Candidates that then go on, and all that are as good as the last of them. */
const KEPT = 8
/** Those that do not fit of which the ranking tells. */
const NEAREST = 3

/**
 * Tries every candidate on some samples, and those that fit or come near on all.
 *
 * @param samples in the order in which a first difference is looked for
 * @param codeBits codes are compared modulo 2^codeBits, so that a port may be signed or not
 * @param see what a module shows of a code, where that is not the code itself: its table's entry
 */
export function fitProfiles(
  samples: readonly Sample[],
  candidates: readonly Candidate[],
  codeBits: number,
  see: See = (code) => code,
): Ranking {
  let left = candidates
  for (const count of ROUNDS.filter((count) => 2 * count <= samples.length)) {
    const step = Math.floor(samples.length / count)
    const few = samples.filter((_, index) => index % step === 0)
    left = keepBest(left.map((candidate) => tryCandidate(candidate, few, codeBits, see)))
  }
  const fits = left.map((candidate) => tryCandidate(candidate, samples, codeBits, see))
  return {
    samples: samples.length,
    exact: fits.filter(({ first }) => first === null),
    nearest: fits
      .filter(({ first }) => first !== null)
      .toSorted((a, b) => b.agreed - a.agreed)
      .slice(0, NEAREST),
  }
}

function keepBest(fits: readonly Fit[]): readonly Candidate[] {
  const worst = fits.map(({ agreed }) => agreed).toSorted((a, b) => b - a)[KEPT - 1] ?? 0
  return fits.filter(({ agreed }) => agreed >= worst).map(({ candidate }) => candidate)
}

function tryCandidate(candidate: Candidate, samples: readonly Sample[], codeBits: number, see: See): Fit {
  const compute = computeWith(candidate)
  let agreed = 0
  let first: Difference | null = null
  for (const sample of samples) {
    const expected = see(compute(sample))
    if (BigInt.asUintN(codeBits, expected) === BigInt.asUintN(codeBits, sample.code)) agreed++
    else first ??= { sample, expected }
  }
  return { candidate, agreed, first }
}

/** The code that a candidate makes of a sample; of a channel the same accumulator is computed once. */
export function computeWith({ stages, reading }: Candidate): (sample: Pick<Sample, 'acc' | 'by'>) => bigint {
  const channels = new Map<
    ChannelParameters,
    { readonly by: ChannelParameters; known: Map<bigint, bigint> }
  >()
  return ({ acc, by }) => {
    let channel = channels.get(by)
    if (channel === undefined) {
      // A module that is probed is a layer with the ReLU that the stages have, unless its layer says otherwise.
      channel = { by: { rectified: true, ...readAs(reading, by) }, known: new Map() }
      channels.set(by, channel)
    }
    let code = channel.known.get(acc)
    if (code === undefined) {
      code = runStages(stages, acc, channel.by)
      channel.known.set(acc, code)
    }
    return code
  }
}

/** M, s and Z as a reading of the ports has them. */
export const readAs = (
  { shiftSign, shiftOffset, zeroPointBits }: Reading,
  by: ChannelParameters,
): ChannelParameters => ({
  ...by,
  shift: shiftSign * by.shift + shiftOffset,
  zeroPoint:
    zeroPointBits === undefined ? by.zeroPoint : Number(BigInt.asIntN(zeroPointBits, BigInt(by.zeroPoint))),
})

/** Two accumulators that are one to a module: it gave them different codes, so that no arithmetic on stages fits. */
export function findContradiction(samples: readonly Sample[]): readonly [Sample, Sample] | null {
  const channels = new Map<ChannelParameters, Map<bigint, Sample>>()
  for (const sample of samples) {
    const known = channels.get(sample.by) ?? new Map<bigint, Sample>()
    channels.set(sample.by, known)
    const before = known.get(sample.acc)
    if (before !== undefined && before.code !== sample.code) return [before, sample]
    known.set(sample.acc, sample)
  }
  return null
}
