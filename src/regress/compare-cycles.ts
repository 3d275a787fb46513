/** Cycles of two nights, layer by layer: what changed, and what could not be compared. */
import { Q_NMS } from '../result/reproduce.ts'
import { isRedEntry, type Night, type NightDesign, type NightEntry } from './night.ts'

/** Cycles of a layer, or the number of places in which a rule was exercised. */
export interface Change {
  readonly design: string
  /** The layer, or the rule. */
  readonly name: string
  readonly before: number
  readonly now: number
}

/** A layer that is exact now, and whose earlier cycles say nothing. */
export interface Uncompared {
  readonly design: string
  readonly name: string
  /** `pictures`: q_NMS, whose cycles depend on the picture, on other ones. `unknown`: it was there, and in no night known to be exact. */
  readonly why: 'new' | 'pictures' | 'unknown'
}

export interface CyclesComparison {
  /** The largest change first. */
  readonly changes: readonly Change[]
  readonly uncompared: readonly Uncompared[]
}

/** @param limit a smaller change of a layer's cycles is none. */
export function compareCycles(now: Night, before: Night, limit: number): CyclesComparison {
  const earlier = new Map(before.designs.map((design) => [design.name, design]))
  const [entriesNow, entriesBefore] = [entriesByDesign(now), entriesByDesign(before)]
  const namesBefore = new Set(before.entries.map(({ name }) => name))
  const namesOf = (entries: readonly NightEntry[]): string =>
    entries
      .map(({ name }) => name)
      .sort()
      .join('\0')
  const changes: Change[] = []
  const uncompared: Uncompared[] = []
  for (const own of now.designs) {
    const design = own.name
    const other = earlier.get(design)
    const [ran, had] = [entriesNow.get(design) ?? [], entriesBefore.get(design) ?? []]
    const known = other === undefined ? null : knownCycles(other)
    const isSamePictures = namesOf(ran) === namesOf(had)
    const isNew = other === undefined ? !ran.some(({ name }) => namesBefore.has(name)) : isWhole(other, had)
    for (const [name, count] of exactCycles(own)) {
      const was = known?.get(name)
      if (name === Q_NMS && !isSamePictures) uncompared.push({ design, name, why: 'pictures' })
      else if (was === undefined) uncompared.push({ design, name, why: isNew ? 'new' : 'unknown' })
      else changes.push({ design, name, before: was, now: count })
    }
  }
  return {
    changes: changes.filter((change) => growth(change) > limit).sort((a, b) => growth(b) - growth(a)),
    uncompared,
  }
}

/** A night that keeps the last exact cycles of the layers that are not exact in it, so that no red night hides how a layer grew. */
export function carryCycles(night: Night, before: Night): Night {
  const earlier = new Map(before.designs.map((design) => [design.name, knownCycles(design)]))
  const entries = entriesByDesign(night)
  return {
    ...night,
    designs: night.designs.map((design) => {
      const own = new Map(exactCycles(design))
      const carried = [...(earlier.get(design.name) ?? [])].filter(
        ([name]) => !own.has(name) && name !== Q_NMS,
      )
      return carried.length === 0 || isWhole(design, entries.get(design.name) ?? [])
        ? design
        : { ...design, earlierCycles: Object.fromEntries(carried) }
    }),
  }
}

/** Those of a layer that hung or is wrong are no cycles of the design. */
const exactCycles = ({ cycles, inexact = [] }: NightDesign): readonly (readonly [string, number])[] =>
  Object.entries(cycles).filter(([name]) => !inexact.includes(name))

const knownCycles = (design: NightDesign): ReadonlyMap<string, number> =>
  new Map([...Object.entries(design.earlierCycles ?? {}), ...exactCycles(design)])

/** Whether a night knows all layers of a design: what it lacks was not there. */
const isWhole = ({ cycles, inexact = [] }: NightDesign, entries: readonly NightEntry[]): boolean =>
  inexact.length === 0 && Object.keys(cycles).length > 0 && !entries.some(isRedEntry)

const growth = ({ before, now }: Change): number =>
  before === now ? 0 : before === 0 ? Infinity : Math.abs(now - before) / before

function entriesByDesign(night: Night): ReadonlyMap<string, readonly NightEntry[]> {
  const found = new Map<string, NightEntry[]>()
  for (const entry of night.entries) {
    const design = night.designs[night.runs[entry.run]!.design]!.name
    const own = found.get(design)
    if (own === undefined) found.set(design, [entry])
    else own.push(entry)
  }
  return found
}
