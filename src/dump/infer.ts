/** Tries layouts on a dump: those that fit its size on some hundred elements, then the best of them on all. */
import { carryCode, ownCode } from '../golden/code-range.ts'
import { createRandom } from '../golden/random.ts'
import type { Codes } from '../golden/types.ts'
import { type Candidate, listCandidates } from './candidates.ts'
import { elementReader, readCodes } from './elements.ts'
import type { DumpContent, DumpLayout, DumpTensor, StatedLayout } from './types.ts'

/** A layout that was tried on every element. */
export interface Fit extends Candidate {
  /** Elements that are equal. */
  readonly equal: number
  /** Codes in C order, as they are carried; -1 for one with unknown bits. */
  readonly codes: Codes | Int32Array
}

export interface Fitting {
  readonly best: Fit
  /** The runner-up, and the share of elements that are equal; null if there was one layout alone, so that nothing was inferred. */
  readonly second: { readonly layout: DumpLayout; readonly share: number } | null
  /** How many were tried. */
  readonly tried: number
}

/** Elements on which every layout is tried: of these, most have a code that is not the commonest. */
const SAMPLE = 256
const DRAWS = 4096
/** The first few of them leave the layouts that are tried on the rest. */
const FIRST_SAMPLE = 32
const MOST_NEAR = 12
/** Layouts that are tried whole where the sample does not tell them apart. */
const MOST_WHOLE = 6

/** A layout in which every element is equal, the plainest of them; null if there is none. */
export function exactLayout(
  content: DumpContent,
  tensor: DumpTensor,
  stated: StatedLayout,
  where: string,
): DumpLayout | null {
  const sample = drawElements(tensor).slice(0, FIRST_SAMPLE)
  const isExact = (candidate: Candidate): boolean =>
    scoreSample(candidate, content, tensor, sample).share === 1 &&
    fitWhole(candidate, content, tensor).fit.equal === tensor.codes.length
  return listCandidates(content, tensor, stated, where).find(isExact)?.layout ?? null
}

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
  const ranked = candidates.length < 2 ? [] : rank(candidates, content, tensor)
  const whole: Whole[] = []
  for (const { candidate, share } of ranked) {
    // What is exact needs no rival, only to know whether one is exact, too.
    if (whole.some(({ fit }) => fit.equal === tensor.codes.length) && (share < 1 || whole.length > 1)) break
    whole.push(fitWhole(candidate, content, tensor))
  }
  const [best, other] = whole.sort((a, b) => b.score - a.score)
  if (best === undefined) {
    const only = candidates[0]
    return only === undefined ? null : { best: fitWhole(only, content, tensor).fit, second: null, tried: 1 }
  }
  const { candidate: next, share } = ranked[1]!
  const second =
    other === undefined
      ? { layout: next.layout, share }
      : { layout: other.fit.layout, share: other.fit.equal / tensor.codes.length }
  return { best: best.fit, second, tried: candidates.length }
}

interface Ranked {
  readonly candidate: Candidate
  readonly score: number
  /** Equal elements of the sample. */
  readonly share: number
}

interface Whole {
  readonly fit: Fit
  readonly score: number
}

/** The two that fit a sample best, and those that fit it as well as the best. */
function rank(candidates: readonly Candidate[], content: DumpContent, tensor: DumpTensor): readonly Ranked[] {
  const sample = drawElements(tensor)
  const sort = (some: readonly Candidate[], elements: readonly number[]): readonly Ranked[] =>
    some
      .map((candidate) => ({ candidate, ...scoreSample(candidate, content, tensor, elements) }))
      .sort((a, b) => b.score - a.score)
  const all = sort(candidates, sample.slice(0, FIRST_SAMPLE))
  const near = all.filter(({ score }, at) => at < MOST_NEAR || score === all[0]!.score)
  const sorted = sort(
    near.map(({ candidate }) => candidate),
    sample,
  )
  const top = sorted[0]!.score
  return sorted.slice(0, MOST_WHOLE).filter(({ score }, at) => at < 2 || score === top)
}

function scoreSample(
  { layout, order }: Candidate,
  content: DumpContent,
  { codes, offset }: DumpTensor,
  elements: readonly number[],
): Pick<Ranked, 'score' | 'share'> {
  const read = elementReader(content, layout)
  let equal = 0
  let score = 0
  for (const index of elements) {
    const value = read(order.placeOf(index))
    if (Number.isNaN(value)) continue
    const near = nearness(carryCode(value, offset), codes[index]!, offset)
    score += near
    if (near === 1) equal++
  }
  return { score, share: equal / elements.length }
}

function fitWhole(candidate: Candidate, content: DumpContent, tensor: DumpTensor): Whole {
  const codes = readCodes(content, candidate.layout, candidate.order, tensor)
  const { codes: expected, offset } = tensor
  let equal = 0
  let near = 0
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!
    if (code === expected[index]) equal++
    else if (code >= 0) near += nearness(code, expected[index]!, offset)
  }
  return { fit: { ...candidate, codes, equal }, score: equal + near }
}

/** Evenly from the whole tensor, and before those of codes that tell more: all of them, where they are few. */
function drawElements({ codes }: DumpTensor): readonly number[] {
  const random = createRandom(1)
  const drawn = Array.from({ length: DRAWS }, () => Math.floor((random() / 2 ** 32) * codes.length))
  const times = new Map<number, number>()
  for (const index of drawn) times.set(codes[index]!, (times.get(codes[index]!) ?? 0) + 1)
  const commonest = [...times].sort((a, b) => b[1] - a[1])[0]![0]
  const isTelling = (index: number): boolean => codes[index] !== commonest
  const most = (3 * SAMPLE) / 4
  const telling = drawn.filter(isTelling)
  if (telling.length < most) {
    const all: number[] = []
    for (let index = 0; index < codes.length; index++) if (isTelling(index)) all.push(index)
    telling.splice(0, telling.length, ...spread(all, most))
  }
  return [...telling.slice(0, most), ...drawn.slice(0, SAMPLE / 4)]
}

/** So many of a list, from the whole of it. */
const spread = (list: readonly number[], most: number): readonly number[] =>
  list.filter((_, at) => at % Math.ceil(list.length / most) === 0)

const nearness = (actual: number, expected: number, offset: number): number =>
  1 / (1 + Math.abs(ownCode(actual, offset) - ownCode(expected, offset)))
