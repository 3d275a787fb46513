/** The score of a module, and its survivors. */
import type { Explanation } from './equivalents.ts'
import type { Mutant } from './mutate-source.ts'

/** A mutant that every test passed. */
export interface Survivor extends Mutant {
  /** The line it is in. */
  readonly source: string
  readonly explanation: Explanation | null
}

export interface ModuleScore {
  readonly module: string
  readonly mutants: number
  readonly killed: number
  readonly survivors: readonly Survivor[]
  readonly seconds: number
}

/** What `build/mutation.json` holds: `name`, `hit` and `all` are what the report's page reads. */
export interface MutationSummary {
  readonly format: 1
  readonly hit: number
  readonly all: number
  readonly modules: readonly (ModuleScore & Share)[]
}

interface Share {
  readonly name: string
  /** Mutants killed. */
  readonly hit: number
  /** Mutants that are no equivalents. */
  readonly all: number
}

const shareOf = ({ module, killed, mutants, survivors }: ModuleScore): Share => ({
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
