/** The points of a matrix: what is written of each axis, every combination of it, and those that are left out. */
import { InputError } from '../input/input-error.ts'
import type { OptionRules, OptionValue, OptionValues } from './option-rules.ts'

export type Keys = readonly PropertyKey[]
export type Where = (keys: Keys) => string

/** One choice on an axis: options that belong together, and where they are written. */
export interface Choice {
  readonly values: OptionValues
  readonly keys: Keys
}

/** Seeds are an axis of their own, because entries that differ in nothing else are one run. */
export interface Point {
  readonly choices: readonly Choice[]
  /** null: without seeds. */
  readonly seeds: readonly (number | null)[]
  /** Written out by the plan, and no combination. */
  readonly isIncluded: boolean
  readonly keys: Keys
}

/** Refused before anything is allocated. */
export const MOST_ENTRIES = 100_000

const SEEDS = 'seeds'
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An error of an option becomes one of the place in the plan. */
export function inPlan<Result>(where: Where, keys: Keys, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const said = error.message.replace(/^--/, '')
    throw new InputError(said, where(keys), '', { cause: error })
  }
}

/** Combinations of all that is given by name. */
export function expandMatrix(
  given: Readonly<Record<string, unknown>>,
  at: Keys,
  base: readonly Choice[],
  rules: OptionRules,
  where: Where,
): readonly Point[] {
  const axes: (readonly Choice[])[] = []
  let seeds: readonly (number | null)[] = [null]
  const givenBy = new Map<string, Keys>()
  for (const [key, value] of Object.entries(given)) {
    const keys = [...at, key]
    if (key === SEEDS) {
      seeds = readSeedAxis(value, keys, rules, where)
      continue
    }
    const choices = readAxis(key, value, keys, rules, where)
    axes.push(choices)
    for (const name of new Set(choices.flatMap(({ values }) => Object.keys(values)))) {
      const before = givenBy.get(name)
      if (before !== undefined)
        throw new InputError(
          `${name} is given here and at ${where(before)}`,
          where(keys),
          'Put options that belong together into one list of objects.',
        )
      givenBy.set(name, keys)
    }
  }
  const count = axes.reduce((product, { length }) => product * length, seeds.length)
  if (count > MOST_ENTRIES)
    throw new InputError(
      `has ${count} entries, more than the ${MOST_ENTRIES} that a plan may have`,
      where(at),
      'Split the plan, or shorten its lists.',
    )
  const own = base.filter(({ values }) => !Object.keys(values).some((name) => givenBy.has(name)))
  const combinations = axes.reduce<readonly (readonly Choice[])[]>(
    (points, choices) => points.flatMap((point) => choices.map((choice) => [...point, choice])),
    [own],
  )
  return combinations.map((choices) => ({ choices, seeds, isIncluded: at[0] === 'include', keys: at }))
}

/** The values of an axis, each with its place: a list, or one value alone. */
const itemsOf = (value: unknown, at: Keys): readonly (readonly [item: unknown, keys: Keys])[] =>
  Array.isArray(value) ? value.map((item: unknown, index) => [item, [...at, index]]) : [[value, at]]

/** All choices on one axis. A name that is no option may stand for objects of several. */
function readAxis(
  key: string,
  value: unknown,
  at: Keys,
  rules: OptionRules,
  where: Where,
): readonly Choice[] {
  const items = itemsOf(value, at)
  if (items.length === 0)
    throw new InputError(`${key}: expected at least one value, got none`, where(at), 'Leave it out.')
  const seen = new Set<string>()
  return items.flatMap(([item, keys]) => {
    const choices =
      isPlain(item) && key !== 'overrides'
        ? combine(item, keys, rules, where)
        : inPlan(where, keys, () => readValue(rules, key, item))
    return choices.map((values) => {
      const said = JSON.stringify(values)
      if (seen.has(said)) throw new InputError(`${describeValues(values)} stands here twice`, where(keys))
      seen.add(said)
      return { values: withoutNull(values), keys }
    })
  })
}

type MaybeValues = Readonly<Record<string, OptionValue | null>>

const readValue = (rules: OptionRules, key: string, value: unknown): readonly MaybeValues[] => {
  const name = rules.nameOf(key)
  return value === null ? [{ [name]: null }] : rules.read(name, value).map((one) => ({ [name]: one }))
}

const withoutNull = (values: MaybeValues): OptionValues =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, OptionValue] => entry[1] !== null),
  )

export const describeValues = (values: MaybeValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value === null ? 'null' : String(value)}`)
    .join(', ')

/** Options that belong together; one that stands for several values, as a folder of images does, makes a choice of each. */
function combine(
  item: Readonly<Record<string, unknown>>,
  at: Keys,
  rules: OptionRules,
  where: Where,
): readonly MaybeValues[] {
  let all: readonly MaybeValues[] = [{}]
  for (const [key, value] of Object.entries(item)) {
    const keys = [...at, key]
    if (key === SEEDS)
      throw new InputError('seeds belong to no other option', where(keys), 'Give them a line of their own.')
    const own = inPlan(where, keys, () => readValue(rules, key, value))
    if (all.length * own.length > MOST_ENTRIES)
      throw new InputError(`stands for more than ${MOST_ENTRIES} values`, where(keys))
    all = all.flatMap((values) => own.map((one) => ({ ...values, ...one })))
  }
  return all
}

function readSeedAxis(
  value: unknown,
  at: Keys,
  rules: OptionRules,
  where: Where,
): readonly (number | null)[] {
  const seen = new Set<number | null>()
  for (const [item, keys] of itemsOf(value, at)) {
    const seeds = item === null ? [null] : inPlan(where, keys, () => rules.readSeeds(item))
    for (const seed of seeds) {
      if (seen.has(seed)) throw new InputError(`seeds: ${seed} stands here twice`, where(keys))
      seen.add(seed)
    }
  }
  if (seen.size === 0) throw new InputError('seeds: expected at least one, got none', where(at))
  return [...seen]
}

/** The options of a point, of all its choices. */
export const valuesOf = ({ choices }: Pick<Point, 'choices'>): OptionValues =>
  Object.assign({}, ...choices.map(({ values }) => values))

/** Leaves out the points that have all of an item's values; an item that meets none is a mistake. */
export function excludePoints(
  points: readonly Point[],
  exclude: readonly Readonly<Record<string, unknown>>[],
  rules: OptionRules,
  where: Where,
): readonly Point[] {
  return exclude.reduce((left, item, index) => {
    const at = ['exclude', index]
    const isMet = readExclusion(item, at, rules, where)
    const next = left.flatMap((point) => {
      const seeds = isMet(point)
      const kept = point.seeds.filter((seed) => !seeds.includes(seed))
      return kept.length === point.seeds.length
        ? [point]
        : kept.length === 0
          ? []
          : [{ ...point, seeds: kept }]
    })
    if (next.length === left.length && next.every((point, at) => point === left[at]))
      throw new InputError(
        'leaves nothing out: no entry of the matrix has these values',
        where(at),
        'Correct it, or remove it.',
      )
    return next
  }, points)
}

/** @returns which seeds of a point are left out. */
function readExclusion(
  item: Readonly<Record<string, unknown>>,
  at: Keys,
  rules: OptionRules,
  where: Where,
): (point: Point) => readonly (number | null)[] {
  const { [SEEDS]: seedsGiven, ...others } = item
  if (Object.keys(item).length === 0)
    throw new InputError('names no value, which would leave everything out', where(at))
  const seeds =
    seedsGiven === undefined ? null : new Set(readSeedAxis(seedsGiven, [...at, SEEDS], rules, where))
  const wanted = Object.entries(others).map(([key, value]) => {
    const name = inPlan(where, [...at, key], () => rules.nameOf(key))
    const choices = readAxis(key, value, [...at, key], rules, where)
    return [name, new Set(choices.map(({ values }) => values[name]))] as const
  })
  return (point) => {
    const values = valuesOf(point)
    if (!wanted.every(([name, allowed]) => allowed.has(values[name]))) return []
    return seeds === null ? point.seeds : point.seeds.filter((seed) => seeds.has(seed))
  }
}
