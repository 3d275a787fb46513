/** A night as its reports see it. */
import type { Comparison } from '../../regress/compare.ts'
import { axesOf } from '../../regress/extent.ts'
import type { NightRecord } from '../../regress/history.ts'
import { isRedEntry, type Night, type NightEntry, wasBegun } from '../../regress/night.ts'
import { reproduceEntry } from '../../regress/reproduce-entry.ts'
import { type Group, triage } from '../../regress/triage.ts'
import type { Reproduction } from '../../result/record.ts'

export interface NightView {
  readonly night: Night
  /** The values of its entries, by axis. */
  readonly axes: ReadonlyMap<string, readonly string[]>
  readonly groups: readonly Group[]
  readonly red: number
  /** Null where it was compared with no other night. */
  readonly comparison: Comparison | null
  /** Nights of the same plan up to this one, the oldest first. */
  readonly records: readonly NightRecord[]
  /** Folder of the night, as a person at the terminal names it. */
  readonly folder: string
}

export const viewNight = (
  night: Night,
  comparison: Comparison | null,
  records: readonly NightRecord[],
  folder = '.',
): NightView => ({
  ...{ night, comparison, records, folder },
  axes: axesOf(night.entries),
  groups: triage(night),
  red: night.entries.filter(isRedEntry).length,
})

/** How many entries each design has, and how many of them are red. */
export function countByDesign({
  designs,
  entries,
  runs,
}: Night): readonly { entries: number; red: number }[] {
  const counts = designs.map(() => ({ entries: 0, red: 0 }))
  for (const entry of entries) {
    const own = counts[runs[entry.run]!.design]!
    own.entries++
    if (isRedEntry(entry)) own.red++
  }
  return counts
}

/** Red by itself, or by the comparison. */
export const isRedNight = ({ night, comparison }: Pick<NightView, 'night' | 'comparison'>): boolean =>
  night.verdict !== 'exact' || comparison?.isRed === true

/** The entry of a group that is the cheapest to reproduce. */
export const smallestOf = ({ night }: NightView, { members }: Group): NightEntry =>
  night.entries[members[0]!]!

/** Null for what never began. */
export const lineOf = ({ night }: Pick<NightView, 'night'>, entry: NightEntry): Reproduction | null =>
  wasBegun(night, entry) ? (entry.reproduce ?? reproduceEntry(night, entry)) : null
