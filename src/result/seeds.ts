/** This file joins the results of a layer, or of the boxes, from several random power-ups into one. */
import { type BoxesResult, isRed, type LayerResult, type PartStatus, statusOf } from './result.ts'

type Part = LayerResult | BoxesResult

/** The rank by which one of several results counts: first one that shows a difference, then one that says why it has no result. */
const RANK: Readonly<Record<PartStatus, number>> = {
  ...{ differs: 0, failed: 1, notRun: 2, unsteady: 3, exact: 4, before: 4 },
}

/** Joins the results of one part, one per seed: the worst counts, and the seeds are named. */
export function joinSeeds<Own extends Part>(results: readonly Own[]): Own {
  const [first] = results
  if (first === undefined) throw new RangeError('Expected at least one result to join')
  if (results.length === 1) return first
  const shown = results.reduce((worst, own) => (RANK[statusOf(own)] < RANK[statusOf(worst)] ? own : worst))
  const list = (pick: (seeds: NonNullable<Part['seeds']>) => readonly number[]): readonly number[] =>
    results.flatMap(({ seeds }) => (seeds === undefined ? [] : pick(seeds))).sort((a, b) => a - b)
  const before = results.every((part) => statusOf(part) === 'before')
  // If a seed had to run, the part was not proved before, and its time is that of the seeds that ran.
  const ran = before ? results : results.filter((part) => statusOf(part) !== 'before')
  return {
    ...shown,
    seconds: ran.reduce((sum, { seconds }) => sum + seconds, 0),
    seeds: { run: list(({ run }) => run), red: list(({ red }) => red) },
    // The evidence of the shown seed stands for the part.
    evidence: shown.evidence && { ...shown.evidence, before },
  }
}

/** Adds the seed to a result. A part that did not run has no seed. */
export const markSeed = <Own extends Part>(part: Own, seed: number): Own => ({
  ...part,
  seeds: { run: part.notRun === true ? [] : [seed], red: isRed(part) && part.notRun !== true ? [seed] : [] },
})
