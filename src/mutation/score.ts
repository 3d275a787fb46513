/** The score of a module, and its survivors. */
import * as v from 'valibot'
import { type Checked, openObject, real, whole } from '../input/schema.ts'
import { explanation } from './equivalents.ts'
import { mutant } from './mutate-source.ts'

/** A mutant that every test passed. */
const survivor = openObject({
  ...mutant.entries,
  /** The line it is in. */
  source: v.string(),
  explanation: v.nullable(explanation),
})
export type Survivor = Checked<typeof survivor>

const score = {
  module: v.string(),
  mutants: whole(0),
  killed: whole(0),
  survivors: v.array(survivor),
  seconds: real(),
}
export const moduleScore = openObject(score)
export type ModuleScore = Checked<typeof moduleScore>

const share = {
  /** Mutants killed. */
  hit: whole(0),
  /** Mutants that are no equivalents. */
  all: whole(0),
}

/** What `build/mutation.json` holds: `name`, `hit` and `all` are what the report's page reads. */
export const mutationSummary = openObject({
  format: v.literal(1),
  ...share,
  modules: v.array(openObject({ ...score, name: v.string(), ...share })),
})
export type MutationSummary = Checked<typeof mutationSummary>

const shareOf = ({ module, killed, mutants, survivors }: ModuleScore) => ({
  name: module,
  hit: killed,
  all: mutants - survivors.filter(({ explanation }) => explanation?.verdict === 'equivalent').length,
})

export function summarise(modules: readonly ModuleScore[]): MutationSummary {
  const { hit, all } = shareOf(addScores(modules))
  return { format: 1, hit, all, modules: modules.map((score) => ({ ...score, ...shareOf(score) })) }
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
