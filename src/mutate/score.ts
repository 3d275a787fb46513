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

/** What `build/mutation.json` holds. */
export interface MutationSummary {
  readonly format: 1
  readonly modules: readonly ModuleScore[]
  readonly total: ModuleScore
}

export function summarise(modules: readonly ModuleScore[]): MutationSummary {
  const add = (pick: (score: ModuleScore) => number) => modules.reduce((sum, score) => sum + pick(score), 0)
  const total: ModuleScore = {
    module: 'all',
    mutants: add(({ mutants }) => mutants),
    killed: add(({ killed }) => killed),
    survivors: modules.flatMap(({ survivors }) => survivors),
    seconds: add(({ seconds }) => seconds),
  }
  return { format: 1, modules, total }
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
