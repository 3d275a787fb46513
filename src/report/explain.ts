/** This file renders the explanation of one output element as text and as CSV. */
import type { RtlTrace } from '../diff/explain-rtl.ts'
import type { Cell, Explanation } from '../diff/explain-types.ts'
import { mapTexts, printable } from '../input/printable.ts'
import { type Column, formatCount, renderTable } from './table.ts'
import type { Paint } from './terminal.ts'

export interface ExplainView {
  /** If there are many rows, this many from the start and from the end are printed. */
  readonly head: number
  readonly tail: number
  readonly paint: Paint
}

/** Renders the text, which shows codes and the real values that they stand for. The JSON also holds the tensors' scales. */
export function renderExplanation(given: Explanation, rtl: RtlTrace | null, view: ExplainView): string {
  const explanation = mapTexts(given, printable)
  const { layer, op, clauses, at, result, output } = explanation
  const { paint } = view
  const place = op === 'detect' ? `y${at.y} x${at.x}` : `c${at.channel} y${at.y} x${at.x}`
  const lines = [
    paint(
      'bold',
      `${layer} ${place}: code ${output.code}, real ${formatReal(output.real)}  (${op}, ${clauses})`,
    ),
    '',
    ...renderRows(explanation, rtl, view),
    '',
  ]
  const width = Math.max(...result.map(({ name }) => name.length))
  for (const { name, formula, value, real } of result) {
    const text = `${name.padEnd(width)} = ${formula} = ${value}`
    const stands = real === null ? '' : `real ${formatReal(real)}`
    lines.push(
      text.length + stands.length + 2 <= 80
        ? `${text}${stands === '' ? '' : `  ${stands}`}`
        : `${text}\n${' '.repeat(width + 3)}${stands}`,
    )
  }
  if (rtl !== null) lines.push('', describeRtl(rtl, output.code, paint))
  return lines.join('\n')
}

/** Says that the RTL agrees, or `RTL: first difference: beat 3, lane 2: weight is 5, expected 7.` */
export function describeRtl(rtl: RtlTrace, code: number, paint: Paint): string {
  const { first, cycle } = rtl
  const beats = rtl.sums.filter((sum) => sum !== null).length
  if (first === null) {
    const when = cycle === null ? '' : ` at cycle ${cycle} of the run`
    const what =
      beats === 0
        ? `computes the same code ${code}`
        : `has the same sum after ${beats === 1 ? 'the one beat' : `each of ${formatCount(beats)} beats`}, and the same code ${code}`
    return paint('green', `RTL: ${what}${when}.`)
  }
  const place = [
    ...(first.beat === null ? [] : [`beat ${first.beat}`]),
    ...(first.lane === null ? [] : [`lane ${first.lane}`]),
  ].join(', ')
  const found = first.actual === null ? 'never written' : `${first.actual}`
  return paint(
    'red',
    `RTL: first difference: ${place === '' ? '' : `${place}: `}${first.what} is ${found}, expected ${first.expected}.`,
  )
}

type Row = readonly Cell[]

function renderRows(explanation: Explanation, rtl: RtlTrace | null, view: ExplainView): readonly string[] {
  const { rows } = explanation
  const columns = explanation.op === 'conv' ? convColumns(rtl, rows) : explanation.columns.map(plainColumn)
  const wrong = rtl?.first?.beat ?? null
  const isWrong = (row: Row): boolean => wrong !== null && explanation.op === 'conv' && row[0] === wrong
  const shown = rows
    .map((_, index) => index)
    .filter((index) => index < view.head || index >= rows.length - view.tail || isWrong(rows[index]!))
  const table = renderTable(
    columns,
    shown.map((index) => rows[index]!),
    (line, row) => (isWrong(row) ? view.paint('red', line) : line),
  )
  const [title, rule, ...body] = table
  const lines = [title!, rule!]
  shown.forEach((index, i) => {
    const skipped = index - (shown[i - 1] ?? -1) - 1
    if (skipped > 0) lines.push(`… ${formatCount(skipped)} more in the files, or with --all`)
    lines.push(body[i]!)
  })
  return lines
}

/** Joins columns of `CONV_COLUMNS` so that the table fits 80 columns. */
function convColumns(rtl: RtlTrace | null, rows: readonly Row[]): readonly Column<Row>[] {
  const cell = (title: string, index: number): Column<Row> => ({
    title,
    align: 'right',
    value: (row) => String(row[index]),
  })
  const real = (index: number): Column<Row> => ({
    title: 'real',
    align: 'right',
    value: (row) => formatReal(row[index] as number),
  })
  const common: Column<Row>[] = [
    cell('beat', 0),
    cell('lane', 1),
    { title: 'tap', align: 'left', value: (row) => `${row[2]},${row[3]}` },
    {
      title: 'c,y,x',
      align: 'left',
      value: (row) => (row[7] === 1 ? `${row[4]} pad` : `${row[4]},${row[5]},${row[6]}`),
    },
  ]
  if (rtl === null)
    return [
      ...common,
      cell('code', 8),
      real(12),
      cell('weight', 9),
      real(13),
      cell('product', 10),
      cell('sum', 11),
    ]
  const place = new Map(rows.map((row, index) => [row, index]))
  return [
    ...common,
    cell('code', 8),
    cell('weight', 9),
    cell('product', 10),
    cell('sum', 11),
    {
      title: 'RTL sum',
      align: 'right',
      value: (row) => String(rtl.sums[place.get(row)!] ?? ''),
    },
  ]
}

function plainColumn(title: string, index: number): Column<Row> {
  const isReal = title.startsWith('real')
  return {
    title: title.replace('_code', '').replace('_', ' '),
    align: title === 'input' || title === 'side' ? 'left' : 'right',
    value: (row) => {
      const value = row[index] ?? ''
      return isReal && typeof value === 'number' ? formatReal(value) : String(value)
    },
    maxWidth: 24,
  }
}

const formatReal = (value: number): string => {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(4).slice(0, 8) : value.toExponential(1)
}

/** Writes CSV (RFC 4180): a header, one line per row, and after a simulation a last column with its accumulator. */
export function writeExplanationCsv(explanation: Explanation, rtl: RtlTrace | null): string {
  const withRtl = rtl !== null && rtl.sums.length > 0
  const lines = [[...explanation.columns, ...(withRtl ? ['rtl_sum'] : [])]]
  explanation.rows.forEach((row, index) => {
    lines.push([...row.map(csvCell), ...(withRtl ? [csvCell(rtl.sums[index] ?? null)] : [])])
  })
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'string' && /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell)
}
