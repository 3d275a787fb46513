/** The score of a module, and its survivors. */
import * as v from 'valibot'
import { type Checked, openObject, real, whole } from '../input/schema.ts'
import { type Explanation, explanation } from './explanations.ts'
import { mutant } from './mutate-source.ts'

/** A mutant that every test passed. */
const survivor = openObject({
  ...mutant.entries,
  /** The line it is in. */
  source: v.string(),
  explanation: v.nullable(explanation),
})
export type Survivor = Checked<typeof survivor>

/** A mutant that a test noticed. */
const noticed = openObject({
  ...mutant.entries,
  test: v.string(),
  reason: v.string(),
  /** It took too long, or the process died: it was ended from outside. */
  ended: v.boolean(),
})

const score = {
  /** A module of rtl/, or the file of a user. */
  module: v.string(),
  /** Those that ran. */
  mutants: whole(0),
  killed: whole(0),
  survivors: v.array(survivor),
  seconds: real(),
  noticed: v.optional(v.array(noticed)),
  /** Mutants that do not compile. */
  unbuildable: v.optional(v.array(mutant)),
  /** Mutants that were not asked for. */
  left: v.optional(whole(0)),
}
export const moduleScore = openObject(score)
export type ModuleScore = Checked<typeof moduleScore>

/** What noticed mutants, or could not: a test file, or a layer. */
const witness = openObject({
  name: v.string(),
  killed: whole(0),
  /** Why some or all of it says nothing of mutants. */
  remarks: v.array(v.string()),
})
export type Witness = Checked<typeof witness>

const share = {
  /** Mutants killed. */
  hit: whole(0),
  /** Mutants that are no equivalents. */
  all: whole(0),
}

/** What `mutation.json` holds: `name`, `hit` and `all` are what the report's page reads. */
export const mutationSummary = openObject({
  format: v.literal(1),
  ...share,
  modules: v.array(openObject({ ...score, name: v.string(), ...share })),
  witnesses: v.optional(v.array(witness)),
  /** What was not broken, and why. */
  remarks: v.optional(v.array(v.string())),
})
export type MutationSummary = Checked<typeof mutationSummary>

const shareOf = ({ module, killed, mutants, survivors }: ModuleScore) => ({
  name: module,
  hit: killed,
  all: mutants - survivors.filter(({ explanation }) => explanation?.verdict === 'equivalent').length,
})

export function summarise(
  modules: readonly ModuleScore[],
  witnesses: readonly Witness[] | undefined = undefined,
  remarks: readonly string[] = [],
): MutationSummary {
  const { hit, all } = shareOf(addScores(modules))
  const scores = modules.map((score) => ({ ...score, ...shareOf(score) }))
  return {
    ...{ format: 1, hit, all, modules: scores },
    ...(witnesses === undefined ? {} : { witnesses }),
    ...(remarks.length === 0 ? {} : { remarks: [...remarks] }),
  }
}

/** Survivors of a module with this verdict; `null`: nobody has looked at them. */
export function countVerdicts({ survivors }: ModuleScore, verdict: Explanation['verdict'] | null): number {
  return survivors.filter(({ explanation }) => (explanation?.verdict ?? null) === verdict).length
}

/** Killed, of the mutants that are no equivalents: 0 to 1. */
export function scoreOf(score: ModuleScore): number {
  return score.killed / Math.max(1, score.mutants - countVerdicts(score, 'equivalent'))
}

/** All modules as one. */
export function addScores(modules: readonly ModuleScore[]): ModuleScore {
  const add = (pick: (score: ModuleScore) => number) => modules.reduce((sum, score) => sum + pick(score), 0)
  return {
    module: 'all',
    mutants: add(({ mutants }) => mutants),
    killed: add(({ killed }) => killed),
    survivors: modules.flatMap(({ survivors }) => survivors),
    seconds: add(({ seconds }) => seconds),
  }
}

/** A survivor a line: `rtl/divider.sv:58:22 constant 1'b0 -> 1'b1`. */
export function renderSurvivors(modules: readonly ModuleScore[]): readonly string[] {
  const cut = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text)
  return modules
    .flatMap(({ survivors }) => survivors)
    .filter(({ explanation }) => explanation === null)
    .map(({ file, line, column, operator, before, after }) => {
      return `${file}:${line}:${column} ${operator}: ${cut(before)} -> ${cut(after)}`
    })
}
