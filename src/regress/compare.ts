/** Two nights, entry by entry: what is new, what is fixed, and what can be neither because nothing has changed. */
import { InputError } from '../input/input-error.ts'
import { Q_NMS } from '../result/reproduce.ts'
import { isOfRtl } from './cause.ts'
import { isRedEntry, type Night, type NightEntry, type NightRun } from './night.ts'

/** Cycles of a layer, or the number of layers in which a rule was exercised. */
export interface Change {
  readonly design: string
  /** The layer, or the rule. */
  readonly name: string
  readonly before: number
  readonly now: number
}

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
  /** The limit that was asked for: 0.01 for 1 %. */
  readonly maxCyclesGrowth: number | null
  /** Layers that take more cycles, or fewer, by more than the limit; by any number where there is none. The largest change first. */
  readonly slower: readonly Change[]
  readonly faster: readonly Change[]
  /** Rules that were exercised, and are not any more. */
  readonly meaningLost: readonly Change[]
  readonly seconds: { readonly before: Times; readonly now: Times }
  /** Red by the comparison alone: unsteady entries, or growth beyond the limit. */
  readonly isRed: boolean
}

/** `1%`, `0.5%` as a share. @throws InputError for anything else, a number without its sign included. */
export function parseGrowth(text: string, option = '--max-cycles-growth'): number {
  const match = /^(\d{1,4}(?:\.\d{1,6})?)%$/.exec(text)
  if (match === null) throw new InputError(`expected a share such as 1% or 0.5%, got ${text}`, option)
  return Number(match[1]) / 100
}

export function compareNights(now: Night, before: Night, maxCyclesGrowth: number | null): Comparison {
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
  const slower = cycles.filter(({ before, now }) => now > before)
  return {
    against: {
      ...{ name: before.name, startedAt: before.startedAt },
      ...{ commit: before.origin.commit, dirty: before.origin.dirty },
    },
    isSamePlan: now.plan.identity === before.plan.identity,
    shared: now.entries.length - lists.added.length,
    ...lists,
    removed: before.entries.map(({ name }) => name).filter((name) => !names.has(name)),
    maxCyclesGrowth,
    slower,
    faster: cycles.filter(({ before, now }) => now < before),
    meaningLost: compareMeaning(now, before),
    seconds: { before: timesOf(before), now: timesOf(now) },
    isRed: lists.unsteady.length > 0 || (maxCyclesGrowth !== null && slower.length > 0),
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
    const isOwn = run.words.some((word) => /^--module(=|$)/.test(word))
    return isSameTool && !isOwn && isSameRun && run.words.join('\0') === earlier.words.join('\0')
  }
}

/** @param limit a smaller change of a layer's cycles is none. */
function compareCycles(now: Night, before: Night, limit: number): readonly Change[] {
  const earlier = new Map(before.designs.map((design) => [design.name, design]))
  const imagesNow = namesByDesign(now)
  const imagesBefore = namesByDesign(before)
  const growth = ({ before, now }: Change): number =>
    before === 0 ? Infinity : Math.abs(now - before) / before
  return now.designs
    .flatMap(({ name: design, cycles }) => {
      const known = earlier.get(design)?.cycles ?? {}
      // The cycles of q_NMS depend on the picture.
      const isSameImages = imagesNow.get(design) === imagesBefore.get(design)
      return Object.entries(cycles).flatMap(([name, count]): readonly Change[] => {
        const was = known[name]
        if (was === undefined || was === count || (name === Q_NMS && !isSameImages)) return []
        return [{ design, name, before: was, now: count }]
      })
    })
    .filter((change) => growth(change) > limit)
    .sort((a, b) => growth(b) - growth(a))
}

/** What each design ran on, as a text. */
function namesByDesign(night: Night): ReadonlyMap<string, string> {
  const names = new Map<string, string[]>()
  for (const entry of night.entries) {
    const design = night.designs[night.runs[entry.run]!.design]!.name
    const own = names.get(design)
    if (own === undefined) names.set(design, [entry.name])
    else own.push(entry.name)
  }
  return new Map([...names].map(([design, own]) => [design, own.sort().join('\0')]))
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
