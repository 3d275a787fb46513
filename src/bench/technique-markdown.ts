/** The tables of docs/accuracy.md. */
import { average, type Draw, deviation, type Row, type TechniqueRecord } from './technique-record.ts'
import { nameScheme, parseScheme } from './technique-schemes.ts'

const percent = (value: number | null): string => (value === null ? '' : (100 * value).toFixed(2))

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** Values of the draws, without those that were not measured. */
const valuesOf = ({ draws }: Row, of: (draw: Draw) => number | null): readonly number[] =>
  draws.flatMap((draw) => of(draw) ?? [])

const meanOf = (row: Row, of: (draw: Draw) => number | null): number | null => {
  const values = valuesOf(row, of)
  return values.length === 0 ? null : average(values)
}

const ACCURACY = [
  'scheme',
  'draws',
  'mAP',
  'mAP50',
  'difference',
  'deviation',
  'least … most',
  '95 % interval',
  'CPU s',
]

/** Mean mAP over the draws and its difference to float; how the difference varies over draws; its interval over images. */
export function renderAccuracy({ float, rows }: Pick<TechniqueRecord, 'float' | 'rows'>): string {
  const cells = rows.map((row) => {
    const differences = valuesOf(row, ({ difference }) => difference)
    const range =
      differences.length < 2
        ? ''
        : `${percent(Math.min(...differences))} … ${percent(Math.max(...differences))}`
    return [
      nameScheme(parseScheme(row.scheme)),
      String(row.draws.length),
      percent(meanOf(row, ({ map }) => map)),
      percent(meanOf(row, ({ map50 }) => map50)),
      percent(meanOf(row, ({ difference }) => difference)),
      percent(deviation(differences)),
      range,
      row.interval === null ? '' : `${percent(row.interval.low)} … ${percent(row.interval.high)}`,
      meanOf(row, ({ cpuSeconds }) => cpuSeconds)!.toFixed(1),
    ]
  })
  return table(ACCURACY, [
    ['float', '', percent(float.map), percent(float.map50), '', '', '', '', ''],
    ...cells,
  ])
}

/** Signal-to-noise ratios, mean over the draws. */
export function renderNoise({ rows }: Pick<TechniqueRecord, 'rows'>): string {
  const layers = [...new Set(rows.flatMap(({ draws }) => Object.keys(draws[0]!.noise)))]
  return table(
    ['scheme', ...layers],
    rows.map((row) => [
      nameScheme(parseScheme(row.scheme)),
      ...layers.map((layer) => meanOf(row, ({ noise }) => noise[layer] ?? null)?.toFixed(1) ?? ''),
    ]),
  )
}

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
