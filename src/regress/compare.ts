/** Two nights, entry by entry: what is new, what is fixed, and what can be neither because nothing has changed. */
import { InputError } from '../input/input-error.ts'
import { isOfRtl } from './cause.ts'
import { type Change, compareCycles, type Uncompared } from './compare-cycles.ts'
import { isOfModule } from './entry.ts'
import { isRedEntry, type Night, type NightEntry, type NightRun } from './night.ts'

export type { Change, Uncompared } from './compare-cycles.ts'

interface Times {
  /** Wall time of the night. */
  readonly total: number
  readonly build: number
  readonly simulation: number
}

export interface Comparison {
  readonly against: Pick<Night, 'name' | 'startedAt'> & Pick<Night['origin'], 'commit' | 'dirty'>
  /** Whether both asked for the same entries; otherwise only what they share is compared. */
  readonly isSamePlan: boolean
  /** Entries that both have. */
  readonly shared: number
  /** Names of entries, in the order of the plan. */
  readonly newRed: readonly string[]
  readonly fixed: readonly string[]
  readonly stillRed: readonly string[]
  /** Red in one night and exact in the other, with the same RTL, model, image and tools. */
  readonly unsteady: readonly string[]
  /** Without a result tonight, though they had one. */
  readonly notRun: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Entries of the other night. */
  readonly earlier: readonly NightEntry[]
  /** The limit that was asked for: 0.01 for 1 %. */
  readonly maxCyclesGrowth: number | null
  /** Layers that take more cycles, or fewer, by more than the limit; by any number where there is none. The largest change first. */
  readonly slower: readonly Change[]
  readonly faster: readonly Change[]
  /** Rules that were exercised, and are not any more. */
  readonly meaningLost: readonly Change[]
  readonly seconds: { readonly before: Times; readonly now: Times }
  /** Layers that the limit said nothing of; none where there is no limit. */
  readonly uncompared: readonly Uncompared[]
  /** What is wrong by the comparison alone. A night with any is no baseline of the next ones. */
  readonly regressions: readonly Regression[]
  /** Red by the comparison alone: a regression, or a limit on a layer whose earlier cycles are unknown. */
  readonly isRed: boolean
}

/** Unsteady entries, or growth beyond the limit. */
export const REGRESSIONS = ['unsteady', 'slower'] as const
export type Regression = (typeof REGRESSIONS)[number]

/** `1%`, `0.5%` as a share. @throws InputError for anything else, a number without its sign included. */
export function parseGrowth(text: string, option = '--max-cycles-growth'): number {
  const match = /^(\d{1,4}(?:\.\d{1,6})?)%$/.exec(text)
  if (match === null) throw new InputError(`expected a share such as 1% or 0.5%, got ${text}`, option)
  return Number(match[1]) / 100
}

/** @throws InputError if a night has none of these entries: nothing could be compared with it. */
export function refuseOtherPlan(entries: readonly Pick<NightEntry, 'name'>[], before: Night): void {
  const names = new Set(before.entries.map(({ name }) => name))
  if (!entries.some(({ name }) => names.has(name)))
    throw new InputError(
      `the night of ${before.startedAt} of ${before.name} has no entry of this plan`,
      '--against',
      'Name a night that shares entries with it; --list shows their names.',
    )
}

/** @throws InputError if the nights share no entry. */
export function compareNights(now: Night, before: Night, maxCyclesGrowth: number | null): Comparison {
  refuseOtherPlan(now.entries, before)
  const earlier = new Map(before.entries.map((entry) => [entry.name, entry]))
  const names = new Set(now.entries.map(({ name }) => name))
  const lists = {
    newRed: [] as string[],
    fixed: [] as string[],
    stillRed: [] as string[],
    unsteady: [] as string[],
    notRun: [] as string[],
    added: [] as string[],
  }
  const isSame = sameThing(now, before)
  for (const entry of now.entries) {
    const other = earlier.get(entry.name)
    const list = other === undefined ? 'added' : judge(entry, other, isSame)
    if (list !== null) lists[list].push(entry.name)
  }
  const cycles = compareCycles(now, before, maxCyclesGrowth ?? 0)
  const slower = cycles.changes.filter(({ before, now }) => now > before)
  const uncompared = maxCyclesGrowth === null ? [] : cycles.uncompared
  const is: Readonly<Record<Regression, boolean>> = {
    unsteady: lists.unsteady.length > 0,
    slower: maxCyclesGrowth !== null && slower.length > 0,
  }
  const regressions = REGRESSIONS.filter((name) => is[name])
  return {
    against: {
      ...{ name: before.name, startedAt: before.startedAt },
      ...{ commit: before.origin.commit, dirty: before.origin.dirty },
    },
    isSamePlan: now.plan.identity === before.plan.identity,
    shared: now.entries.length - lists.added.length,
    ...lists,
    removed: before.entries.map(({ name }) => name).filter((name) => !names.has(name)),
    earlier: before.entries,
    maxCyclesGrowth,
    slower,
    faster: cycles.changes.filter(({ before, now }) => now < before),
    meaningLost: compareMeaning(now, before),
    seconds: { before: timesOf(before), now: timesOf(now) },
    ...{ uncompared, regressions },
    isRed: regressions.length > 0 || uncompared.some(({ why }) => why === 'unknown'),
  }
}

type List = 'newRed' | 'fixed' | 'stillRed' | 'unsteady' | 'notRun'

function judge(
  entry: NightEntry,
  other: NightEntry,
  isSame: (entry: NightEntry, other: NightEntry) => boolean,
): List | null {
  const [isRed, wasRed] = [isRedEntry(entry), isRedEntry(other)]
  if (!isRed && !wasRed) return null
  if (isRed && !isOfRtl(entry.status)) return isOfRtl(other.status) || !wasRed ? 'notRun' : 'stillRed'
  if (isRed && wasRed) return isOfRtl(other.status) ? 'stillRed' : 'newRed'
  // One of them is exact. What had no result yesterday says nothing of the RTL.
  const verdicts = isOfRtl(isRed ? entry.status : other.status)
  if (verdicts && isSame(entry, other)) return 'unsteady'
  return isRed ? 'newRed' : 'fixed'
}

const HASHES = ['rtlHash', 'modelHash', 'imageHash'] as const satisfies readonly (keyof NightRun)[]

/**
 * Whether two entries of one name ran on the same RTL, model, image, options, variables and tools. Of an own module nobody knows here what
 * its configuration imports.
 */
function sameThing(now: Night, before: Night): (entry: NightEntry, other: NightEntry) => boolean {
  const settingsOf = ({ origin }: Night): string => (origin.settings ?? []).join('\0')
  const isSameTool =
    now.assay === before.assay && now.verilator === before.verilator && settingsOf(now) === settingsOf(before)
  return (entry, other) => {
    const [run, earlier] = [now.runs[entry.run]!, before.runs[other.run]!]
    const isSameRun = HASHES.every((name) => run[name] !== null && run[name] === earlier[name])
    return isSameTool && !isOfModule(run) && isSameRun && run.words.join('\0') === earlier.words.join('\0')
  }
}

function compareMeaning(now: Night, before: Night): readonly Change[] {
  const later = new Map(now.designs.map((design) => [design.name, design.exercised]))
  return before.designs.flatMap(({ name: design, exercised }) => {
    const own = later.get(design)
    if (exercised === null || own === null || own === undefined) return []
    return Object.entries(exercised).flatMap(([name, was]): readonly Change[] => {
      const count = own[name] ?? null
      const isKnown = was !== null && count !== null
      return isKnown && count < was ? [{ design, name, before: was, now: count }] : []
    })
  })
}

const timesOf = ({ seconds, runs }: Night): Times => ({
  total: seconds,
  build: runs.reduce((sum, { buildSeconds }) => sum + buildSeconds, 0),
  simulation: runs.reduce((sum, { simSeconds }) => sum + simSeconds, 0),
})
