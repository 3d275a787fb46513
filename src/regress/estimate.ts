/** How long a night takes, from what its runs took before. */
import type { ExpandedPlan } from './entry.ts'
import type { NightRecord } from './history.ts'
import type { Night } from './night.ts'

export interface Estimate {
  /** Expected seconds of each run, by index; 1 each where nothing is known. */
  readonly seconds: readonly number[]
  /** Runs of which a time is known, or of whose design. */
  readonly known: number
}

/**
 * A run takes what it took; one that is new, what others of its design took a seed, or in the last night in which any ran; else what
 * others took.
 *
 * @param last night of the folder, of whatever plan.
 * @param history the oldest first.
 */
export function estimateRuns(
  plan: ExpandedPlan,
  last: Night | null,
  history: readonly NightRecord[] = [],
): Estimate {
  const byId = new Map(timesOf(last).map(({ id, seconds }) => [id, seconds]))
  const entries = countEntries(plan)
  const perEntry = timePerEntry(last?.name === plan.name ? last : null)
  const perRun = timePerRun(history.filter(({ name }) => name === plan.name))
  const overall = medianOf([...perEntry.values()].flat())
  const ofAll = medianOf([...perRun.values()])
  let known = 0
  const seconds = plan.runs.map(({ id, design }, at) => {
    const name = plan.designs[design]!
    const ofDesign = medianOf(perEntry.get(name) ?? [])
    const found = byId.get(id) ?? (ofDesign === null ? perRun.get(name) : ofDesign * entries[at]!)
    if (found !== undefined) known++
    return found ?? (overall === null ? (ofAll ?? entries[at]!) : overall * entries[at]!)
  })
  return { seconds, known }
}

const timesOf = (night: Night | null): Night['runs'] =>
  (night?.runs ?? []).filter(({ ended }) => ended === 'ran')

/** By name of the design: what its runs took for each of their entries. */
function timePerEntry(night: Night | null): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, readonly number[]>()
  if (night === null) return times
  const entries = countEntries(night)
  night.runs.forEach(({ ended, seconds, design }, at) => {
    if (ended !== 'ran') return
    const name = night.designs[design]?.name ?? ''
    times.set(name, [...(times.get(name) ?? []), seconds / Math.max(1, entries[at]!)])
  })
  return times
}

/** By name of the design: what a run took in the last night in which any ran. A night that was broken or unchanged says nothing. */
function timePerRun(history: readonly NightRecord[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { designs } of history)
    for (const [name, [runs, seconds]] of Object.entries(designs))
      if (runs > 0) times.set(name, seconds / runs)
  return times
}

function countEntries({
  entries,
  runs,
}: {
  readonly runs: readonly unknown[]
  readonly entries: readonly { readonly run: number }[]
}): readonly number[] {
  const counts = new Array<number>(runs.length).fill(0)
  for (const { run } of entries) counts[run]! += 1
  return counts
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** Wall time of runs side by side. */
export function wallSeconds(seconds: readonly number[], jobs: number): number {
  const sum = seconds.reduce((total, own) => total + own, 0)
  return Math.max(sum / jobs, ...seconds.slice(0, 10_000))
}
