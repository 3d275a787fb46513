/** The outcomes as a table of 80 columns, and as the section of docs/proving.md. */
import type { Proof } from './proof.ts'
import type { Outcome } from './run.ts'
import { extentOf } from './summary.ts'

const WIDTHS = [18, 26, 13, 6, 9] as const

const redOf = ({ red }: Outcome): string => `${red.filter(Boolean).length}/${red.length}`
const verdictOf = ({ verdict, reached }: Outcome): string =>
  verdict !== 'holds' ? verdict : reached ? 'proved' : 'vacuous'

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
    .join(' ')
    .trimEnd()

export function renderTable(outcomes: readonly Outcome[]): string[] {
  return [
    row(['proof', 'clause', 'of runs', 's', 'verdict', 'red']),
    ...outcomes.flatMap((outcome) => [
      row([
        outcome.proof.name,
        outcome.proof.clause,
        extentOf(outcome.proof),
        outcome.seconds.toFixed(1),
        verdictOf(outcome),
        redOf(outcome),
      ]),
      `    ${outcome.proof.engine}; ${widths(outcome.proof)}`,
    ]),
    'red: broken copies for which a run was found that violates the property',
  ]
}

/** Those of each run, or what is the module's own. */
export const widths = ({ parameters, also = [] }: Pick<Proof, 'parameters' | 'also'>): string =>
  [parameters, ...also]
    .map((own) =>
      Object.entries(own)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    )
    .join('; ') || 'defaults'

export function renderDocument(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ proof, red }) =>
      `| ${proof.name} | ${proof.clause} | ${widths(proof)} | ${proof.engine} | ${extentOf(proof)} | ${red.length} |`,
  )
  const details = outcomes.map(({ proof }) => {
    const lines = [`- **${proof.name}**: ${proof.says}. ${proof.assumes.join(' ')}`.trimEnd()]
    return [...lines, ...proof.broken.map(({ fault }) => `  - red: ${fault}`)].join('\n')
  })
  return [
    '| proof | clause | widths | engine | of runs | red copies |',
    '| --- | --- | --- | --- | --- | ---: |',
    ...rows,
    '',
    ...details,
  ].join('\n')
}
