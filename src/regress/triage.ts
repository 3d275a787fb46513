/** The red entries of a night by cause. One paragraph a cause, the smallest case first. */
import { Q_NMS } from '../result/reproduce.ts'
import { type Cause, causeOf, isOfRtl, keyOf, SEVERITY } from './cause.ts'
import { axesOf, type Block, blocksOf } from './extent.ts'
import { isRedEntry, type Night, type NightEntry } from './night.ts'

export interface Group {
  readonly cause: Cause
  /** Indices of entries, the cheapest to reproduce first. */
  readonly members: readonly number[]
  /** The members again, as products of what they were asked for. */
  readonly blocks: readonly Block[]
}

/**
 * Groups the red entries of a night. What blames the RTL comes before what came to no result, then larger groups before smaller ones,
 * then by severity.
 */
export function triage(night: Pick<Night, 'entries' | 'runs' | 'designs'>): readonly Group[] {
  const axes = [...axesOf(night.entries).keys()]
  const groups = new Map<string, { readonly cause: Cause; readonly members: number[] }>()
  for (const [index, entry] of night.entries.entries()) {
    if (!isRedEntry(entry)) continue
    const cause = causeOf(entry)
    const key = keyOf(cause)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { cause, members: [index] })
    else group.members.push(index)
  }
  return [...groups.values()]
    .map(({ cause, members }): Group => {
      const cost = new Map(members.map((index) => [index, costOf(night, night.entries[index]!)]))
      return {
        cause,
        members: members.toSorted((a, b) => compare(cost.get(a)!, cost.get(b)!) || a - b),
        blocks: blocksOf(
          members.map((index) => night.entries[index]!.axes),
          axes,
        ),
      }
    })
    .sort(
      (a, b) =>
        Number(isOfRtl(b.cause.status)) - Number(isOfRtl(a.cause.status)) ||
        b.members.length - a.members.length ||
        SEVERITY[a.cause.status] - SEVERITY[b.cause.status] ||
        a.members[0]! - b.members[0]!,
    )
}

/** Infinite costs are equal, too. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b)

/**
 * Cycles that the line that reproduces an entry simulates: of the red layer alone, or in a chain of all up to it. Times of runs take
 * no part, so that two nights that come to the same name the same case.
 */
function costOf({ runs, designs }: Pick<Night, 'runs' | 'designs'>, entry: NightEntry): number {
  const run = runs[entry.run]!
  const cycles = Object.entries(designs[run.design]?.cycles ?? {})
  const layer = entry.fault?.layer ?? null
  const at = cycles.findIndex(([name]) => name === layer)
  const isAlone = entry.axes.mode !== 'chained' && layer !== Q_NMS
  const simulated = at < 0 ? cycles : isAlone ? [cycles[at]!] : cycles.slice(0, at + 1)
  // A design of which no cycle is known comes last.
  return cycles.length === 0 ? Infinity : simulated.reduce((sum, [, count]) => sum + count, 0)
}
