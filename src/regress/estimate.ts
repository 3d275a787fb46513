/** How long a night takes, from what its runs took before. */
import type { ExpandedPlan } from './entry.ts'
import type { Night } from './night.ts'

export interface Estimate {
  /** Expected seconds of each run, by index; 1 each where nothing is known. */
  readonly seconds: readonly number[]
  /** Runs of which a time is known, or of whose design. */
  readonly known: number
}

/** A run takes what it took; one that is new, what others of its design took a seed; else what others took. */
export function estimateRuns(plan: ExpandedPlan, last: Night | null): Estimate {
  const times = (last?.runs ?? []).filter(({ ended }) => ended === 'ran')
  const byId = new Map(times.map(({ id, seconds }) => [id, seconds]))
  const entries = countEntries(plan)
  const lastEntries = last === null ? [] : countEntries(last)
  const perEntry = new Map<string, number[]>()
  last?.runs.forEach(({ ended, seconds, design }, at) => {
    if (ended !== 'ran') return
    const name = last.designs[design]?.name ?? ''
    perEntry.set(name, [...(perEntry.get(name) ?? []), seconds / Math.max(1, lastEntries[at] ?? 1)])
  })
  const overall = medianOf([...perEntry.values()].flat())
  let known = 0
  const seconds = plan.runs.map(({ id, design }, at) => {
    const own = byId.get(id)
    const ofDesign = medianOf(perEntry.get(plan.designs[design]!) ?? [])
    if (own !== undefined || ofDesign !== null) known++
    return own ?? (ofDesign ?? overall ?? 1) * entries[at]!
  })
  return { seconds, known }
}

function countEntries({
  entries,
  runs,
}:
  | (Pick<ExpandedPlan, 'runs'> & { readonly entries: readonly { readonly run: number }[] })
  | Night): readonly number[] {
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
