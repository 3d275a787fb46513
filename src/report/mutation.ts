/** The result of `assay mutate` as text: a line for each file, and the survivors by the line that they are in. */
import {
  addScores,
  countVerdicts,
  type ModuleScore,
  type MutationSummary,
  type Survivor,
  scoreOf,
} from '../mutation/score.ts'
import { renderTable, wrap } from './table.ts'

const COLUMNS = 80

export function renderScores(scores: readonly ModuleScore[]): readonly string[] {
  const count = (verdict: Parameters<typeof countVerdicts>[1]) => (row: ModuleScore) =>
    String(countVerdicts(row, verdict))
  const isExplained = scores.some(({ survivors }) =>
    survivors.some(({ explanation }) => explanation !== null),
  )
  return renderTable<ModuleScore>(
    [
      { title: 'file', align: 'left', value: ({ module }) => module, maxWidth: 32 },
      { title: 'mutants', align: 'right', value: ({ mutants }) => String(mutants) },
      { title: 'noticed', align: 'right', value: ({ killed }) => String(killed) },
      ...(isExplained
        ? ([
            { title: 'equivalent', align: 'right', value: count('equivalent') },
            { title: 'accepted', align: 'right', value: count('accepted') },
          ] as const)
        : []),
      { title: 'survived', align: 'right', value: count(null) },
      { title: 'score', align: 'right', value: (row) => formatScore(row) },
    ],
    scores.length === 1 ? scores : [...scores, addScores(scores)],
  )
}

export const countMutants = (count: number): string => `${count} mutant${count === 1 ? '' : 's'}`

/** A dash where nothing ran. */
export const formatScore = (score: ModuleScore): string =>
  score.mutants === 0 ? '-' : `${(100 * scoreOf(score)).toFixed(1)} %`

export interface SurvivingLine {
  readonly file: string
  readonly line: number
  readonly source: string
  readonly survivors: readonly Survivor[]
}

/** Survivors that nobody has explained, together by their line. */
export function groupSurvivors(scores: readonly ModuleScore[]): readonly SurvivingLine[] {
  const lines = new Map<string, SurvivingLine & { readonly survivors: Survivor[] }>()
  for (const survivor of scores.flatMap(({ survivors }) => survivors)) {
    if (survivor.explanation !== null) continue
    const { file, line, source } = survivor
    const key = `${file}:${line}`
    const known = lines.get(key) ?? { file, line, source, survivors: [] }
    lines.set(key, known)
    known.survivors.push(survivor)
  }
  return [...lines.values()].map((one) => ({
    ...one,
    survivors: one.survivors.toSorted((a, b) => a.column - b.column),
  }))
}

/** What became of a mutant's place: `1'b0 -> 1'b1`, or that an assignment was removed. */
export const describeChange = ({
  operator,
  before,
  after,
}: Pick<Survivor, 'operator' | 'before' | 'after'>): string =>
  operator === 'update' ? `${before} removed` : `${before} -> ${after}`

export function renderMutation({ modules, witnesses = [], remarks: first = [] }: MutationSummary): string {
  const cut = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text)
  const lines = groupSurvivors(modules)
  const survivors = lines.flatMap(({ file, line, source, survivors: own }) => [
    '',
    `${file}:${line}`,
    `    ${cut(source, COLUMNS - 4)}`,
    ...own.map(
      (survivor) =>
        `  ${String(survivor.column).padStart(3)} ${survivor.operator.padEnd(10)}  ${cut(describeChange(survivor), COLUMNS - 18)}`,
    ),
  ])
  const unbuildable = modules.reduce((sum, { unbuildable: own = [] }) => sum + own.length, 0)
  const left = modules.reduce((sum, score) => sum + (score.left ?? 0), 0)
  const ended = modules.reduce((sum, { noticed = [] }) => sum + noticed.filter((one) => one.ended).length, 0)
  // A score means little to whoever does not know what took no part in it.
  const before = [
    ...first,
    ...witnesses.flatMap(({ name, remarks: own }) => own.map((remark) => `${name} ${remark}.`)),
  ]
  const paragraph = (remarks: readonly string[]) => remarks.flatMap((remark) => wrap(remark, COLUMNS))
  const after = [
    ...(ended > 0 ? [`Noticed mutants that hung or crashed, and were ended: ${ended}.`] : []),
    ...(unbuildable > 0 ? [`Mutants that do not compile, and count neither way: ${unbuildable}.`] : []),
    ...(left > 0 ? [`Mutants that were not asked for: ${left}.`] : []),
  ]
  return [
    ...(before.length > 0 ? [...paragraph(before), ''] : []),
    ...renderScores(modules),
    ...survivors,
    ...(after.length > 0 ? ['', ...paragraph(after)] : []),
  ].join('\n')
}
