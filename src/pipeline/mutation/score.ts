/** From the fate of each mutant to the scores of the files. */
import { type Explanation, explain } from '../../mutation/explanations.ts'
import type { Mutant } from '../../mutation/mutate-source.ts'
import type { ModuleScore } from '../../mutation/score.ts'
import type { Kill } from './journal.ts'
import type { MutatedFile } from './sources.ts'

export interface Fates {
  /** Mutants that were asked for. */
  readonly chosen: readonly Mutant[]
  readonly unbuildable: ReadonlySet<number>
  readonly killed: ReadonlyMap<number, Kill>
  readonly seconds: number
}

export function scoreFiles(
  files: readonly MutatedFile[],
  { chosen, unbuildable, killed, seconds }: Fates,
  explanations: readonly Explanation[],
): readonly ModuleScore[] {
  const asked = new Set(chosen.map(({ id }) => id))
  return files.map(({ file, source, mutants }) => {
    const lines = source.split('\n')
    const ran = mutants.filter(({ id }) => asked.has(id) && !unbuildable.has(id))
    const survivors = ran
      .filter(({ id }) => !killed.has(id))
      .map((mutant) => ({
        ...mutant,
        source: lines[mutant.line - 1]?.trim() ?? '',
        explanation: explain(mutant, lines, explanations),
      }))
    return {
      module: file,
      mutants: ran.length,
      killed: ran.length - survivors.length,
      survivors,
      seconds: (seconds * ran.length) / Math.max(1, chosen.length),
      noticed: ran.flatMap((mutant) => {
        const kill = killed.get(mutant.id)
        return kill === undefined ? [] : [{ ...mutant, ...kill }]
      }),
      unbuildable: mutants.filter(({ id }) => unbuildable.has(id)),
      left: mutants.filter(({ id }) => !asked.has(id)).length,
    }
  })
}
