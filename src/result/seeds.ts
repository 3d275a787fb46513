/** This file joins the results of a layer, or of the boxes, from several random power-ups into one. */
import { type BoxesResult, isBroken, isRed, type LayerResult, type PartStatus, statusOf } from './result.ts'

type Part = LayerResult | BoxesResult

/** The rank by which one of several results counts: first one that shows a fault of the RTL, then one that says why it has no result. */
const RANK: Readonly<Record<PartStatus, number>> = {
  ...{ differs: 0, failed: 1, unsteady: 2, notRun: 4, exact: 5, before: 5 },
}
const rankOf = (part: Part): number =>
  isBroken(part) ? Math.max(3, RANK[statusOf(part)]) : RANK[statusOf(part)]

/** Joins the results of one part, one per seed: the worst counts, and the seeds are named. */
export function joinSeeds<Own extends Part>(results: readonly Own[]): Own {
  const [first] = results
  if (first === undefined) throw new RangeError('Expected at least one result to join')
  if (results.length === 1) return first
  const shown = results.reduce((worst, own) => (rankOf(own) < rankOf(worst) ? own : worst))
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
