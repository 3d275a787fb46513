/** Points to runs: options that a kind of run does not honour fall away, points that then coincide are one, and each is checked. */
import { InputError } from '../input/input-error.ts'
import { describeValues, inPlan, type Keys, type Point, valuesOf, type Where } from './matrix.ts'
import type { OptionRules, OptionValues, Unhonoured } from './option-rules.ts'

/** Entries that differ in nothing but their seed. */
export interface SettledPoint {
  readonly values: OptionValues
  /** null: one entry without a seed. */
  readonly seeds: readonly number[] | null
  readonly keys: Keys
}

export interface Settled {
  readonly points: readonly SettledPoint[]
  /** Sentences on options that were left out. */
  readonly remarks: readonly string[]
}

interface Candidate {
  readonly point: Point
  readonly values: OptionValues
  readonly seeds: readonly number[] | null
  readonly dropped: readonly Unhonoured[]
}

/** @throws InputError by its line, for options that do not fit together, and for an entry that stands twice. */
export function settlePoints(points: readonly Point[], rules: OptionRules, where: Where): Settled {
  const unhonoured = memoise(rules)
  const candidates = points.flatMap((point) => candidatesOf(point, unhonoured, where))
  const seen = new Map<
    string,
    { seeds: number[] | null; values: OptionValues; keys: Keys; isDropped: boolean }
  >()
  for (const { point, values, seeds, dropped } of candidates) {
    const key = JSON.stringify([Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)), seeds === null])
    const keys = point.isIncluded ? point.keys : (point.choices.at(-1)?.keys ?? point.keys)
    const before = seen.get(key)
    if (before === undefined) {
      seen.set(key, { seeds: seeds && [...seeds], values, keys, isDropped: dropped.length > 0 })
      continue
    }
    const fresh = seeds === null ? [] : seeds.filter((seed) => before.seeds?.includes(seed) !== true)
    const isTwice = seeds === null || fresh.length < seeds.length
    if (isTwice && dropped.length === 0 && !before.isDropped)
      throw new InputError(
        `the entry ${describeValues(values) || 'without options'} stands twice`,
        where(keys),
        `It is also at ${where(before.keys)}.`,
      )
    before.seeds?.push(...fresh)
  }
  const settled = [...seen.values()].map(({ seeds, values, keys }) => ({
    values,
    keys,
    seeds: seeds === null ? null : seeds.toSorted((a, b) => a - b),
  }))
  refuseUseless(points, candidates, where)
  return { points: settled, remarks: describeDropped(candidates, settled) }
}

type FindUnhonoured = (values: OptionValues, hasSeeds: boolean) => readonly Unhonoured[]

/** The answer depends on values, of which images are most: their name does not matter, that there is one does. */
function memoise(rules: OptionRules): FindUnhonoured {
  const known = new Map<string, readonly Unhonoured[]>()
  return (values, hasSeeds) => {
    const key = JSON.stringify([{ ...values, ...('image' in values && { image: '' }) }, hasSeeds])
    const found = known.get(key) ?? rules.unhonoured(values, hasSeeds)
    known.set(key, found)
    return found
  }
}

function candidatesOf(point: Point, unhonoured: FindUnhonoured, where: Where): readonly Candidate[] {
  const numbers = point.seeds.filter((seed) => seed !== null)
  const kinds = [
    ...(numbers.length < point.seeds.length ? [null] : []),
    ...(numbers.length > 0 ? [numbers] : []),
  ]
  return kinds.map((given) => {
    const all = valuesOf(point)
    let values = all
    let seeds = given
    const dropped: Unhonoured[] = []
    // Without one option a run may be of another kind, which honours less or more.
    for (;;) {
      const [next] = unhonoured(values, seeds !== null)
      if (next === undefined) break
      refuseIncluded(point, next, where)
      dropped.push(next)
      if (next.name === 'seeds') seeds = null
      else values = Object.fromEntries(Object.entries(values).filter(([name]) => name !== next.name))
    }
    return { point, values, seeds, dropped }
  })
}

/** What an entry that is written out says of itself is meant; what it has from all entries may fall away. */
function refuseIncluded(point: Point, { name, why }: Unhonoured, where: Where): void {
  const own = point.choices.find(({ values }) => name in values)
  if (!point.isIncluded || (own !== undefined && own.keys[0] !== 'include')) return
  throw new InputError(`${name}: ${why}`, where(own?.keys ?? [...point.keys, name]), 'Leave it out.')
}

/** An axis that no entry honours was meant for something. */
function refuseUseless(points: readonly Point[], candidates: readonly Candidate[], where: Where): void {
  const dropped = new Map<string, { count: number; why: string; keys: Keys }>()
  for (const { point, dropped: own } of candidates)
    for (const { name, why } of own) {
      const keys = point.choices.find(({ values }) => name in values)?.keys ?? [...point.keys, name]
      dropped.set(name, { count: (dropped.get(name)?.count ?? 0) + 1, why, keys })
    }
  for (const [name, { count, why, keys }] of dropped) {
    const given = candidates.filter(({ point }) =>
      name === 'seeds' ? point.seeds.some((seed) => seed !== null) : name in valuesOf(point),
    )
    const all =
      name === 'seeds'
        ? given.filter(({ seeds, dropped: own }) => seeds !== null || own.some((one) => one.name === name))
        : given
    if (points.length > 0 && all.length === count)
      throw new InputError(`${name}: ${why}, which every entry is that has it`, where(keys), 'Leave it out.')
  }
}

function describeDropped(
  candidates: readonly Candidate[],
  settled: readonly SettledPoint[],
): readonly string[] {
  const counts = new Map<string, number>()
  for (const { dropped, seeds } of candidates)
    for (const { name, why } of dropped)
      counts.set(`${name}: ${why}`, (counts.get(`${name}: ${why}`) ?? 0) + (seeds?.length ?? 1))
  const lines = [...counts].map(
    ([said, count]) => `${said}: left out of ${count} ${count === 1 ? 'entry' : 'entries'}.`,
  )
  const [all, left] = [candidates, settled].map((list) =>
    list.reduce((sum, { seeds }) => sum + (seeds?.length ?? 1), 0),
  ) as [number, number]
  return left < all && lines.length > 0
    ? [...lines, `${all} entries are ${left}, because those that then coincide are one.`]
    : lines
}

/** @throws InputError at the line of the option that does not fit. */
export function checkPoints(
  points: readonly Point[],
  settled: readonly SettledPoint[],
  rules: OptionRules,
  where: Where,
): void {
  const checked = new Set<string>()
  for (const { values, keys } of settled) {
    const { image: _image, ...design } = values
    const key = JSON.stringify([design, 'image' in values])
    if (checked.has(key)) continue
    checked.add(key)
    try {
      rules.check(values)
    } catch (error) {
      const name = error instanceof InputError ? /^--([\w-]+)/.exec(error.where)?.[1] : undefined
      const choice = points
        .flatMap(({ choices }) => choices)
        .find((one) => name !== undefined && name in one.values && one.values[name] === values[name])
      inPlan(where, choice?.keys ?? keys, () => {
        throw error
      })
    }
  }
}
