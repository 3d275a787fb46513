/** This file joins the results of a layer, or of the boxes, from several random power-ups into one. */
import {
  type BoxesResult,
  isRed,
  type LayerResult,
  type PartStatus,
  type SeedFault,
  statusOf,
} from './result.ts'

type Part = LayerResult | BoxesResult

/** The rank by which one of several results counts: first one that shows a difference, then one that says why it has no result. */
const RANK: Readonly<Record<PartStatus, number>> = {
  ...{ differs: 0, failed: 1, notRun: 2, unsteady: 3, exact: 4, before: 4 },
}

/** Faults that are told one by one, a part. */
export const MOST_FAULTS = 100

/** Letters of a fault's message at most. */
const MOST_LETTERS = 300

/** Joins results of one part as they come, one per seed, in the order of the seeds. */
export interface SeedJoin<Own extends Part> {
  /** @returns whether this one is shown for all of them, so far. */
  add(part: Own): boolean
  /** Null if none was added. The worst counts, and the seeds are named. */
  joined(): Own | null
}

export function createSeedJoin<Own extends Part>(): SeedJoin<Own> {
  const run: number[] = []
  const red: number[] = []
  const faults: SeedFault[] = []
  const seconds = { all: 0, ran: 0 }
  let shown: Own | null = null
  let parts = 0
  let isBefore = true
  return {
    add: (part) => {
      const status = statusOf(part)
      parts++
      run.push(...(part.seeds?.run ?? []))
      red.push(...(part.seeds?.red ?? []))
      faults.push(...(part.seeds?.faults ?? []).slice(0, MOST_FAULTS - faults.length))
      seconds.all += part.seconds
      if (status !== 'before') {
        seconds.ran += part.seconds
        isBefore = false
      }
      const isShown = shown === null || RANK[status] < RANK[statusOf(shown)]
      if (isShown) shown = part
      return isShown
    },
    joined: () => {
      if (shown === null || parts === 1) return shown
      const order = (list: readonly number[]) => [...list].sort((a, b) => a - b)
      return {
        ...(shown as Own),
        // If a seed had to run, the part was not proved before, and its time is that of the seeds that ran.
        seconds: isBefore ? seconds.all : seconds.ran,
        seeds: {
          run: order(run),
          red: order(red),
          ...(faults.length === 0 ? {} : { faults: faults.sort((a, b) => a.seed - b.seed) }),
        },
        // The evidence of the shown seed stands for the part.
        evidence: shown.evidence && { ...shown.evidence, before: isBefore },
      }
    },
  }
}

/** Joins the results of one part, one per seed or shard. @throws RangeError if there are none. */
export function joinSeeds<Own extends Part>(results: readonly Own[]): Own {
  const join = createSeedJoin<Own>()
  for (const part of results) join.add(part)
  const joined = join.joined()
  if (joined === null) throw new RangeError('Expected at least one result to join')
  return joined
}

/** Adds the seed to a result. A part that did not run has no seed. @param describe says of a red one what is wrong */
export function markSeed<Own extends Part>(part: Own, seed: number, describe: () => string): Own {
  const status = statusOf(part)
  if (status === 'notRun') return { ...part, seeds: { run: [], red: [] } }
  if (!isRed(part)) return { ...part, seeds: { run: [seed], red: [] } }
  const kind = 'kind' in part ? (part.kind?.name ?? null) : null
  const message = describe().slice(0, MOST_LETTERS)
  const fault = { seed, status, mismatches: part.mismatches, kind, message }
  return { ...part, seeds: { run: [seed], red: [seed], faults: [fault] } }
}
