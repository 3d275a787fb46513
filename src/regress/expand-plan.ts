/** A plan as a person wrote it, expanded: every entry with its name, and the runs of `assay sim` that make them. */
import { createHash } from 'node:crypto'
import { InputError } from '../input/input-error.ts'
import type { Located } from '../input/located.ts'
import { check, UNCHECKED } from '../input/schema.ts'
import type { ExpandedPlan, PlannedEntry, PlannedSim } from './entry.ts'
import {
  type Choice,
  excludePoints,
  expandMatrix,
  inPlan,
  type Keys,
  MOST_ENTRIES,
  type Point,
  type Where,
} from './matrix.ts'
import { namePoints } from './name-entries.ts'
import type { OptionRules, OptionValues } from './option-rules.ts'
import { nameOfFile, parseDuration, planSchema, type RegressPlan } from './plan.ts'
import { checkPoints, type SettledPoint, settlePoints } from './settle-points.ts'

export interface Expansion {
  readonly plan: ExpandedPlan
  /** Sentences on what the plan says and does not come to. */
  readonly remarks: readonly string[]
}

const ADVICE = 'A plan begins with a matrix: `matrix: { image: [a.png, b.png] }`.'
/** What one call of `assay sim` takes. */
const MOST_SEEDS = 1000

/**
 * @param file path of the plan, as a person gave it.
 * @param folder working folder of the runs.
 * @throws InputError by its line.
 */
export function expandPlan(file: string, located: Located, rules: OptionRules, folder: string): Expansion {
  const { where } = located
  const given = checkPlan(located)
  const points = listPoints(given, located, rules)
  const { points: settled, remarks } = settlePoints(points, rules, where)
  checkPoints(points, settled, rules, where)
  const plan = assemble(nameOf(given, file), file, settled, rules, folder, where)
  const limits = {
    runSeconds: parseDuration(given.limits?.run, where(['limits', 'run'])),
    totalSeconds: parseDuration(given.limits?.total, where(['limits', 'total'])),
  }
  return { plan: { ...plan, limits }, remarks }
}

function checkPlan({ value, where }: Located): RegressPlan {
  refuseMachinery(value, [], where)
  return check(planSchema, value ?? {}, where)
}

/** Names that stand for an object's own machinery, each by its line: a schema refuses the object that has one. */
function refuseMachinery(value: unknown, keys: Keys, where: Where): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, own] of Object.entries(value)) {
    const at = [...keys, Array.isArray(value) ? Number(key) : key]
    if (UNCHECKED.includes(key)) throw new InputError(`there is no option ${key}`, where(at), 'Leave it out.')
    refuseMachinery(own, at, where)
  }
}

const nameOf = ({ name }: RegressPlan, file: string): string => name ?? nameOfFile(file)

/** What a plan is called in reports. @throws InputError by its line. */
export const nameOfPlan = (file: string, located: Located): string => nameOf(checkPlan(located), file)

function listPoints(given: RegressPlan, { where }: Located, rules: OptionRules): readonly Point[] {
  const { options = {}, matrix, include = [], exclude = [] } = given
  const { seeds, ...single } = options
  const base = Object.entries(single).flatMap(([key, value]): readonly Choice[] => {
    const keys = ['options', key]
    if (Array.isArray(value))
      throw new InputError(
        `${key}: expected one value, got a list`,
        where(keys),
        'A list stands in the matrix.',
      )
    return inPlan(where, keys, () => {
      const name = rules.nameOf(key)
      const [first, ...more] = rules.read(name, value)
      if (more.length > 0)
        throw new InputError(`stands for ${more.length + 1} values`, name, 'Put it into the matrix.')
      return [{ values: { [name]: first! }, keys }]
    })
  })
  const withSeeds = (own: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
    seeds === undefined ? own : { seeds, ...own }
  if (matrix !== undefined && include.length === 0 && Object.keys(matrix).length === 0)
    throw new InputError('the matrix is empty, so the plan expands to nothing', where(['matrix']), ADVICE)
  const isAlone = matrix === undefined && include.length === 0
  if (isAlone && base.length === 0 && seeds === undefined)
    throw new InputError('the plan is empty, so it expands to nothing', where([]), ADVICE)
  const full =
    matrix === undefined && !isAlone
      ? []
      : expandMatrix(withSeeds(matrix ?? {}), ['matrix'], base, rules, where)
  const left = excludePoints(full, exclude, rules, where)
  const further = include.flatMap((item, index) =>
    expandMatrix(withSeeds(item), ['include', index], base, rules, where),
  )
  const all = [...left, ...further]
  const count = all.reduce((sum, point) => sum + point.seeds.length, 0)
  if (count === 0)
    throw new InputError('everything is excluded, so the plan expands to nothing', where(['exclude']), ADVICE)
  if (count > MOST_ENTRIES)
    throw new InputError(
      `has ${count} entries, more than the ${MOST_ENTRIES} that a plan may have`,
      where(['include']),
    )
  return all
}

function assemble(
  name: string,
  file: string,
  settled: readonly SettledPoint[],
  rules: OptionRules,
  folder: string,
  where: Located['where'],
): Omit<ExpandedPlan, 'limits'> {
  const named = namePoints(settled, rules)
  const designs = [...new Set(named.map(({ design }) => design))]
  const designIndex = new Map(designs.map((design, index) => [design, index]))
  const entries: PlannedEntry[] = []
  const seen = new Map<string, SettledPoint>()
  const runs = settled.map((point, run): PlannedSim => {
    const { seeds, values, keys } = point
    const { run: title, axes, design } = named[run]!
    if ((seeds?.length ?? 0) > MOST_SEEDS)
      throw new InputError(
        `${seeds!.length} seeds of one entry, more than ${MOST_SEEDS}`,
        where([...keys, 'seeds']),
      )
    for (const seed of seeds ?? [null]) {
      const own = seed === null ? title : `${title} seed=${seed}`
      const before = seen.get(own)
      if (before !== undefined)
        throw new InputError(
          `two entries are both called ${own}`,
          where(keys),
          `The other is at ${where(before.keys)}: these options come to the same.`,
        )
      seen.set(own, point)
      entries.push({ name: own, axes: seed === null ? axes : { ...axes, seed: String(seed) }, run, seed })
    }
    const words = wordsOf(values, seeds)
    return { id: idOf(words, folder), words, design: designIndex.get(design)! }
  })
  return { name, file, identity: identityOf({ entries, runs }), entries, runs, designs }
}

/** Two plans of one identity ask for the same. */
export const identityOf = ({ entries, runs }: Pick<ExpandedPlan, 'entries' | 'runs'>): string =>
  digestOf(JSON.stringify(entries.map(({ name, run, seed }) => [name, runs[run]?.words, seed])))

/** The arguments of `assay sim`. A value that begins with a dash is joined to its option. */
export function wordsOf(values: OptionValues, seeds: readonly number[] | null): readonly string[] {
  const words = Object.entries(values).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`]
    const text = String(value)
    return text.startsWith('-') ? [`--${name}=${text}`] : [`--${name}`, text]
  })
  return seeds === null ? words : [...words, '--seeds', describeSeeds(seeds)]
}

/** `1..5` where they follow each other, else `1,4,7`. */
export function describeSeeds(seeds: readonly number[]): string {
  const [first, last] = [seeds[0]!, seeds.at(-1)!]
  return seeds.length > 2 && last - first === seeds.length - 1 ? `${first}..${last}` : seeds.join(',')
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const idOf = (words: readonly string[], folder: string): string =>
  digestOf(JSON.stringify([words, folder])).slice(0, 12)
