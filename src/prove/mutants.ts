/** `make prove ARGS=--mutants`: of the survivors that are called equivalent, those that are proved so. */
import type { MutationSummary, Survivor } from '../mutation/score.ts'
import { COMPARISONS } from './comparisons.ts'
import { type Compared, type Comparison, compareMutants } from './equivalence.ts'
import { inTurns } from './turns.ts'

export interface ModuleEquality {
  readonly module: string
  /** Survivors that are called equivalent. */
  readonly equivalent: number
  /** None where the module is compared with no mutant. */
  readonly comparison: Comparison | undefined
  readonly compared: readonly Compared[]
}

/** @param modules none: all */
export function proveMutants(
  summary: MutationSummary,
  modules: readonly string[],
): Promise<readonly ModuleEquality[]> {
  const wanted = summary.modules
    .filter(({ module }) => modules.length === 0 || modules.includes(module))
    .map(({ module, survivors }) => ({ module, equivalent: survivors.filter(isEquivalent) }))
    .filter(({ equivalent }) => equivalent.length > 0)
  return inTurns(wanted, async ({ module, equivalent }) => {
    const comparison = COMPARISONS.find((one) => one.module === module)
    const ids = equivalent.map(({ id }) => id)
    const compared = comparison === undefined ? [] : await compareMutants(comparison, ids, tell)
    return { module, equivalent: equivalent.length, comparison, compared }
  })
}

const isEquivalent = ({ explanation }: Survivor): boolean => explanation?.verdict === 'equivalent'

function tell({ mutant, verdict, seconds }: Compared): void {
  const { file, line, before, after } = mutant
  const how = verdict === 'holds' ? 'equal' : verdict === 'refuted' ? 'differs' : 'undecided'
  process.stderr.write(`  ${file}:${line} ${before} -> ${after}: ${how}, ${seconds.toFixed(1)} s\n`)
}

const provedOf = ({ compared }: ModuleEquality): number =>
  compared.filter(({ verdict }) => verdict === 'holds').length

const widthsOf = ({ comparison }: ModuleEquality): string =>
  comparison === undefined
    ? 'not compared'
    : Object.entries(comparison.parameters)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ') || 'no parameters'

/** The section of docs/proving.md. */
export function renderMutants(all: readonly ModuleEquality[]): string {
  const sum = (of: (one: ModuleEquality) => number): number => all.reduce((total, one) => total + of(one), 0)
  return [
    '| module | called equivalent | proved | widths |',
    '| --- | ---: | ---: | --- |',
    ...all.map((one) => `| ${[one.module, one.equivalent, provedOf(one), widthsOf(one)].join(' | ')} |`),
    `| all | ${sum(({ equivalent }) => equivalent)} | ${sum(provedOf)} | |`,
  ].join('\n')
}
