/** `--rerun-failed`: which runs of a plan run again after a night, and the part of the plan that they are. */
import type { ExpandedPlan } from './entry.ts'
import type { RunReport } from './join-night.ts'
import { NOT_BEGUN } from './join-night.ts'
import { isRedEntry, type Night } from './night.ts'

/** A night that runs a part of its plan again. */
export interface Rerun {
  /** When the night began whose reds run again. */
  readonly of: string
  /** Ids of the runs. */
  readonly runs: readonly string[]
}

/** What was red, broken or not run, what is new in the plan, and own modules, which prove layer by layer and only as they run. */
export function chooseRerun({ runs }: ExpandedPlan, last: Night): Rerun {
  const red = new Set(last.entries.filter(isRedEntry).map(({ run }) => run))
  // What an earlier rerun left unproven was not red.
  const green = new Set(last.runs.flatMap(({ id, unproven }, at) => (red.has(at) && !unproven ? [] : [id])))
  const again = runs.filter(
    ({ id, words }) => !green.has(id) || words.some((word) => /^--module(=|$)/.test(word)),
  )
  return { of: last.startedAt, runs: again.map(({ id }) => id) }
}

/** A run that was exact and may not be so any more. */
export const UNPROVEN: RunReport = {
  ...NOT_BEGUN,
  error: 'exact in the night before, and unproven now: what decides it has changed since',
  unproven: true,
}

/** The runs with their entries alone. @param seconds of each run of the plan. */
export function restrictPlan(
  plan: ExpandedPlan,
  seconds: readonly number[],
  { runs: ids }: Rerun,
): { readonly plan: ExpandedPlan; readonly seconds: readonly number[] } {
  const again = new Set(ids)
  const kept = plan.runs.flatMap(({ id }, at) => (again.has(id) ? [at] : []))
  const placeOf = new Map(kept.map((at, place) => [at, place]))
  const entries = plan.entries.flatMap((entry) =>
    placeOf.has(entry.run) ? [{ ...entry, run: placeOf.get(entry.run)! }] : [],
  )
  return {
    plan: { ...plan, entries, runs: kept.map((at) => plan.runs[at]!) },
    seconds: kept.map((at) => seconds[at]!),
  }
}
