/** Hypotheses against what the hardware wrote: on a sample first, which rules most out, and what is left on every element. */
import type { Codes } from '../../golden/types.ts'
import { bitsFor, log2Choose, thinOut } from './chance.ts'
import type { Hypothesis, Prediction } from './hypothesis.ts'

/** What the hardware wrote, -1 where it wrote nothing. */
export interface Observed {
  readonly actual: Codes | Int32Array
  /** Indices of the elements that are not as they should be, ascending. */
  readonly wrong: Int32Array
}

/** What gives every element, of which so few are wrong that chance might do as much. */
export interface Possible {
  /** log2 of the ways in which chance could have made as many elements wrong. */
  readonly bits: number
  readonly hypotheses: readonly Hypothesis[]
}

export interface Explanation {
  readonly hypothesis: Hypothesis
  /** Elements that were written and are as it predicts. */
  readonly explained: number
  /** All that were written. */
  readonly elements: number
  /** What predicts the same. */
  readonly others: readonly Hypothesis[]
}

/** Wrong elements that are looked at first, of which a hypothesis may miss a few to explain a part. */
const FIRST = 16
const MISSES = 4
/** Then: of the wrong ones, and of all. */
const SAMPLE = 256
/** Elements whose codes say whether they vary. */
const ENTROPY_SAMPLE = 4096
/** Predictions of all elements that are made: the same elements seldom fit more. */
const MOST_RUNS = 8
const MOST_PARTIAL_RUNS = 2
/** Of the elements that are wrong, as many may be left as a partial explanation leaves, or newly breaks. */
const LEFT = 0.1

/** The first that explains every element that was written; else the one that explains nearly all; null if there is none. */
export function explainDifference(
  observed: Observed,
  hypotheses: readonly Hypothesis[],
): Explanation | Possible | null {
  const wrong = wrongWritten(observed).length
  const enough = bitsFor(hypotheses.length)
  if (wrong === 0 || !varies(observed, enough)) return null
  const fitting = fitSample(observed, hypotheses)
  const bits = waysOf(observed, wrong)
  if (bits < enough) {
    // What was never written tells more of the layer than the rest.
    if (countWritten(observed) < observed.actual.length) return null
    const possible = exactOf(observed, fitting).map(({ hypothesis }) => hypothesis)
    return possible.length === 0 ? null : { bits, hypotheses: possible }
  }
  const elements = countWritten(observed)
  const exact = exactOf(observed, fitting)
  if (exact.length > 0) {
    const [{ hypothesis }, ...others] = exact as [Fit, ...Fit[]]
    return { hypothesis, explained: elements, elements, others: others.map((one) => one.hypothesis) }
  }
  const nearest = fitting
    .toSorted((a, b) => a.missed - b.missed)
    .slice(0, MOST_PARTIAL_RUNS)
    .map(({ hypothesis, prediction }) => ({ hypothesis, explained: countExplained(observed, prediction) }))
    .toSorted((a, b) => b.explained - a.explained)[0]
  if (nearest === undefined || elements - nearest.explained > LEFT * wrong) return null
  return { ...nearest, elements, others: [] }
}

/** Those that give every element that was written, the simplest first: a few of them. */
export const exactOnes = <Kind extends Hypothesis>(
  observed: Observed,
  hypotheses: readonly Kind[],
): readonly Kind[] => {
  const enough = bitsFor(hypotheses.length)
  return waysOf(observed, wrongWritten(observed).length) < enough || !varies(observed, enough)
    ? []
    : exactOf(observed, fitSample(observed, hypotheses)).map(({ hypothesis }) => hypothesis)
}

interface Fit<Kind = Hypothesis> {
  readonly hypothesis: Kind
  readonly prediction: Prediction
  /** Elements of the sample that are not as it predicts. */
  readonly missed: number
}

const exactOf = <Kind>(observed: Observed, fitting: readonly Fit<Kind>[]): readonly Fit<Kind>[] =>
  fitting
    .filter(({ missed }) => missed === 0)
    .slice(0, MOST_RUNS)
    .filter(({ prediction }) => isExact(observed, prediction))

/** Those that give all of a sample, or nearly all. */
function fitSample<Kind extends Hypothesis>(
  observed: Observed,
  hypotheses: readonly Kind[],
): readonly Fit<Kind>[] {
  const { actual } = observed
  const wrong = wrongWritten(observed)
  const few = Math.min(actual.length, SAMPLE)
  const spread = Int32Array.from({ length: few }, (_, i) => Math.floor((i * actual.length) / few))
  const first = thinOut(wrong, FIRST)
  const sample = [...thinOut(wrong, SAMPLE), ...spread.filter((index) => actual[index]! >= 0)]
  return hypotheses.flatMap((hypothesis) => {
    const prediction = hypothesis.predict()
    if (prediction === null || countMissed(actual, prediction, first, MISSES) > MISSES) return []
    const most = 2 * LEFT * sample.length
    const missed = countMissed(actual, prediction, sample, most)
    return missed > most ? [] : [{ hypothesis, prediction, missed }]
  })
}

/** Elements of these that are not as predicted, up to one more than `most`. */
function countMissed(
  actual: Observed['actual'],
  { at }: Prediction,
  indices: ArrayLike<number>,
  most: number,
): number {
  let missed = 0
  for (let i = 0; i < indices.length && missed <= most; i++)
    if (at(indices[i]!) !== actual[indices[i]!]) missed++
  return missed
}

/** Ways, as a logarithm, in which chance could choose as many elements, and a code of two for each. */
const waysOf = ({ actual }: Observed, wrong: number): number =>
  log2Choose(actual.length, Math.min(wrong, 64)) + wrong

/** A memory that holds one value is explained by everything that makes one. */
function varies({ actual }: Observed, enough: number): boolean {
  const few = Math.min(actual.length, ENTROPY_SAMPLE)
  const counts = new Map<number, number>()
  for (let i = 0; i < few; i++) {
    const code = actual[Math.floor((i * actual.length) / few)]!
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  let bits = 0
  for (const times of counts.values()) bits -= times * Math.log2(times / few)
  return bits >= enough
}

/** The wrong elements that were written: mostly all. */
function wrongWritten({ actual, wrong }: Observed): Int32Array {
  for (const index of wrong) if (actual[index]! < 0) return wrong.filter((own) => actual[own]! >= 0)
  return wrong
}

function countWritten({ actual }: Observed): number {
  let written = 0
  for (let i = 0; i < actual.length; i++) if (actual[i]! >= 0) written++
  return written
}

function isExact({ actual }: Observed, prediction: Prediction): boolean {
  const codeAt = allOf(prediction)
  if (codeAt === null) return false
  for (let i = 0; i < actual.length; i++) if (actual[i]! >= 0 && actual[i] !== codeAt(i)) return false
  return true
}

function countExplained({ actual }: Observed, prediction: Prediction): number {
  const codeAt = allOf(prediction)
  let explained = 0
  if (codeAt !== null)
    for (let i = 0; i < actual.length; i++) if (actual[i]! >= 0 && actual[i] === codeAt(i)) explained++
  return explained
}

const allOf = ({ at, all }: Prediction): ((index: number) => number) | null =>
  all === undefined ? at : all()
