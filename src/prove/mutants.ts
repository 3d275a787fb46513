/** `make prove ARGS=--mutants`: of the survivors that are called equivalent, those that are proved so. */
import type { MutationSummary, Survivor } from '../mutation/score.ts'
import { COMPARISONS } from './comparisons.ts'
import { type Compared, type Comparison, compareMutants, countMutants } from './equivalence.ts'
import { widths } from './table.ts'
import { inTurns } from './turns.ts'

export interface ModuleEquality {
  readonly module: string
  /** Survivors that are called equivalent. */
  readonly equivalent: number
  /** None where the module is compared with no mutant. */
  readonly comparison: Comparison | undefined
  readonly compared: readonly Compared[]
  /** A mutant that a test kills is found to differ: what is assumed, and the outputs that count, leave something to see. */
  readonly seesFaults: boolean
}

/** @param modules none: all */
export function proveMutants(
  summary: MutationSummary,
  modules: readonly string[],
): Promise<readonly ModuleEquality[]> {
  const wanted = summary.modules
    .filter(({ module }) => modules.length === 0 || modules.includes(module))
    .map(({ module, survivors }) => ({ module, survivors, equivalent: survivors.filter(isEquivalent) }))
    .filter(({ equivalent }) => equivalent.length > 0)
  return inTurns(wanted, async ({ module, survivors, equivalent }) => {
    const comparison = COMPARISONS.find((one) => one.module === module)
    const ids = equivalent.map(({ id }) => id)
    const compared = comparison === undefined ? [] : await compareMutants(comparison, ids, tell)
    const seesFaults = comparison !== undefined && (await findsFault(comparison, survivors))
    return { module, equivalent: equivalent.length, comparison, compared, seesFaults }
  })
}

/** Of mutants that a test kills, spread over the text, the first that is found to differ ends the search. */
async function findsFault(comparison: Comparison, survivors: readonly Survivor[]): Promise<boolean> {
  const last = await countMutants(comparison.module)
  for (let place = 1; place <= 6; place++) {
    const id = Math.ceil((place * last) / 7)
    if (survivors.some((survivor) => survivor.id === id)) continue
    const [control] = await compareMutants(comparison, [id])
    if (control?.verdict === 'refuted') return true
  }
  return false
}

const isEquivalent = ({ explanation }: Survivor): boolean => explanation?.verdict === 'equivalent'

function tell({ mutant, verdict, seconds }: Compared): void {
  const { file, line, before, after } = mutant
  const how = verdict === 'holds' ? 'equal' : verdict === 'refuted' ? 'differs' : 'undecided'
  process.stderr.write(`  ${file}:${line} ${before} -> ${after}: ${how}, ${seconds.toFixed(1)} s\n`)
}

const countOf = ({ compared, seesFaults }: ModuleEquality, wanted: Compared['verdict']): number =>
  seesFaults ? compared.filter(({ verdict }) => verdict === wanted).length : 0

/** The section of docs/proving.md. */
export function renderMutants(all: readonly ModuleEquality[]): string {
  const counts = all.map((one) => [one.equivalent, countOf(one, 'holds'), countOf(one, 'refuted')])
  const sums = [0, 1, 2].map((column) => counts.reduce((total, row) => total + row[column]!, 0))
  return [
    '| module | called equivalent | proved | differ | widths |',
    '| --- | ---: | ---: | ---: | --- |',
    ...all.map(({ module, comparison }, at) => {
      const where = comparison === undefined ? 'not compared' : widths(comparison)
      return `| ${[module, ...counts[at]!, where].join(' | ')} |`
    }),
    `| all | ${sums.join(' | ')} | |`,
  ].join('\n')
}
