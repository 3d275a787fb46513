/** `make prove ARGS=--mutants`: of the survivors that are called equivalent, those that are proved so. */
import { basename } from 'node:path'
import type { Explanation } from '../mutation/explanations.ts'
import { COMPARISONS } from './comparisons.ts'
import { type Compared, type Comparison, compareMutants, mutantsOf } from './equivalence.ts'
import { widths } from './table.ts'
import { inTurns } from './turns.ts'

export interface ModuleEquality {
  readonly module: string
  /** Mutants that are called equivalent. */
  readonly equivalent: number
  /** None where the module is compared with no mutant. */
  readonly comparison: Comparison | undefined
  readonly compared: readonly Compared[]
  /** A mutant that a test kills is found to differ: what is assumed, and the outputs that count, leave something to see. */
  readonly seesFaults: boolean
}

/** @param modules none: all */
export function proveMutants(
  explanations: readonly Explanation[],
  modules: readonly string[],
): Promise<readonly ModuleEquality[]> {
  const equivalent = explanations.filter(({ verdict }) => verdict === 'equivalent')
  const all = [...new Set(equivalent.map(({ file }) => basename(file, '.sv')))].sort()
  const wanted = all.filter((module) => modules.length === 0 || modules.includes(module))
  return inTurns(wanted, async (module) => {
    const mutants = await mutantsOf(module, equivalent)
    const comparison = COMPARISONS.find((one) => one.module === module)
    const compared = comparison === undefined ? [] : await compareMutants(comparison, mutants.explained, tell)
    const seesFaults = comparison !== undefined && (await findsFault(comparison, mutants.others))
    return { module, equivalent: mutants.explained.length, comparison, compared, seesFaults }
  })
}

/** Of mutants that a test kills, spread over the text, the first that is found to differ ends the search. */
async function findsFault(comparison: Comparison, killed: readonly number[]): Promise<boolean> {
  for (let place = 1; place <= 6; place++) {
    const [control] = await compareMutants(comparison, [killed[Math.floor((place * killed.length) / 7)]!])
    if (control?.verdict === 'refuted') return true
  }
  return false
}

function tell({ mutant, verdict, seconds }: Compared): void {
  const { file, line, before, after } = mutant
  const how = verdict === 'holds' ? 'equal' : verdict === 'refuted' ? 'differs' : 'undecided'
  process.stderr.write(`  ${file}:${line} ${before} -> ${after}: ${how}, ${seconds.toFixed(1)} s\n`)
}

/** Mutants that are called equivalent and are not, and comparisons that would see no fault. */
export const listWrong = (all: readonly ModuleEquality[]): readonly string[] =>
  all.flatMap(({ module, comparison, compared, seesFaults }) => [
    ...compared
      .filter(({ verdict }) => verdict === 'refuted')
      .map(
        ({ mutant: { file, line, before, after } }) =>
          `${file}:${line} ${before} -> ${after} is not equivalent`,
      ),
    ...(comparison === undefined || seesFaults
      ? []
      : [`${module}: no mutant that tests kill was found to differ`]),
  ])

const countProved = ({ compared }: ModuleEquality): number =>
  compared.filter(({ verdict }) => verdict === 'holds').length

/** The section of docs/proving.md. */
export function renderMutants(all: readonly ModuleEquality[]): string {
  const counts = all.map((one) => [one.equivalent, countProved(one)])
  const sums = [0, 1].map((column) => counts.reduce((total, row) => total + row[column]!, 0))
  return [
    '| module | called equivalent | proved | widths |',
    '| --- | ---: | ---: | --- |',
    ...all.map(({ module, comparison }, at) => {
      const where = comparison === undefined ? 'not compared' : widths(comparison)
      return `| ${[module, ...counts[at]!, where].join(' | ')} |`
    }),
    `| all | ${sums.join(' | ')} | |`,
  ].join('\n')
}
