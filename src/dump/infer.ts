/** Tries layouts on a dump: those that fit its size on some hundred elements, then the best of them on all. */
import { carryCode, ownCode } from '../golden/code-range.ts'
import { createRandom } from '../golden/random.ts'
import { type Candidate, listCandidates } from './candidates.ts'
import { elementReader, readCodes } from './elements.ts'
import type { DumpContent, DumpLayout, DumpTensor, StatedLayout } from './types.ts'

/** A layout that was tried on every element. */
export interface Fit {
  readonly layout: DumpLayout
  /** Elements that are equal. */
  readonly equal: number
  /** Codes in C order, as they are carried; -1 for one with unknown bits. */
  readonly codes: Int32Array
  /** The place of an element in the dump. */
  readonly placeOf: (index: number) => number
}

export interface Fitting {
  readonly best: Fit
  /** The runner-up; null if there was one layout alone, so that nothing was inferred. */
  readonly second: Pick<Fit, 'layout' | 'equal'> | null
  /** How many were tried. */
  readonly tried: number
}

/** Elements on which every layout is tried: of these, most have a code that is not the commonest. */
const SAMPLE = 256
const DRAWS = 4096
/** The first few of them leave the layouts that are tried on the rest. */
const FIRST_SAMPLE = 32
const MOST_NEAR = 32
/** Layouts that are tried whole where the sample does not tell them apart. */
const MOST_WHOLE = 6

/**
 * The layout that fits best. Codes that are near count for a part, so that a dump of wrong codes is read in its own order.
 *
 * @returns null if no layout fits the size of the dump.
 */
export function fitLayout(
  content: DumpContent,
  tensor: DumpTensor,
  stated: StatedLayout,
  where: string,
): Fitting | null {
  const candidates = listCandidates(content, tensor, stated, where)
  const ranked = candidates.length < 2 ? candidates : rank(candidates, content, tensor)
  const [first, ...others] = ranked.map(({ layout }) => {
    const read = readCodes(content, layout, tensor, where)
    const { equal, score } = countEqual(tensor, read.codes)
    return { fit: { layout, ...read, equal }, score }
  })
  if (first === undefined) return null
  let [best, second] = [first, others[0]]
  for (const other of others) {
    if (other.score > best.score) [best, second] = [other, best]
    else if (second === undefined || other.score > second.score) second = other
  }
  return { best: best.fit, second: second?.fit ?? null, tried: candidates.length }
}

/** The two that fit a sample best, and those that fit it as well as the best. */
function rank(
  candidates: readonly Candidate[],
  content: DumpContent,
  tensor: DumpTensor,
): readonly Candidate[] {
  const sample = drawElements(tensor)
  const sort = (some: readonly Candidate[], elements: readonly number[]) =>
    some
      .map((candidate) => ({ candidate, score: scoreSample(candidate, content, tensor, elements) }))
      .sort((a, b) => b.score - a.score)
  const near = sort(candidates, sample.slice(0, FIRST_SAMPLE)).slice(0, MOST_NEAR)
  const sorted = sort(
    near.map(({ candidate }) => candidate),
    sample,
  )
  const top = sorted[0]!.score
  return sorted
    .slice(0, MOST_WHOLE)
    .filter(({ score }, at) => at < 2 || score === top)
    .map(({ candidate }) => candidate)
}

function scoreSample(
  { layout, order }: Candidate,
  content: DumpContent,
  { codes, offset }: DumpTensor,
  elements: readonly number[],
): number {
  const read = elementReader(content, layout)
  let score = 0
  for (const index of elements) {
    const value = read(order.placeOf(index))
    if (!Number.isNaN(value)) score += nearness(carryCode(value, offset), codes[index]!, offset)
  }
  return score
}

/** Evenly from the whole tensor, and of codes that tell more. */
function drawElements({ codes }: DumpTensor): readonly number[] {
  const random = createRandom(1)
  const drawn = Array.from({ length: DRAWS }, () => Math.floor((random() / 2 ** 32) * codes.length))
  const times = new Map<number, number>()
  for (const index of drawn) times.set(codes[index]!, (times.get(codes[index]!) ?? 0) + 1)
  const commonest = [...times].sort((a, b) => b[1] - a[1])[0]![0]
  const telling = drawn.filter((index) => codes[index] !== commonest)
  return [...telling.slice(0, (3 * SAMPLE) / 4), ...drawn.slice(0, SAMPLE / 4)]
}

const nearness = (actual: number, expected: number, offset: number): number =>
  1 / (1 + Math.abs(ownCode(actual, offset) - ownCode(expected, offset)))

function countEqual({ codes, offset }: DumpTensor, actual: Int32Array): { equal: number; score: number } {
  let equal = 0
  let score = 0
  for (let index = 0; index < actual.length; index++) {
    const code = actual[index]!
    if (code === codes[index]) equal++
    else if (code >= 0) score += nearness(code, codes[index]!, offset)
  }
  return { equal, score: score + equal }
}
