/** This file renders plain-text tables and figures. */
import { printable } from '../input/printable.ts'

export interface Column<Row> {
  readonly title: string
  readonly align: 'left' | 'right'
  readonly value: (row: Row) => string
  /** Longer values are cut in the middle, so that both ends of a layer's name stay readable. */
  readonly maxWidth?: number
}

function fit(given: string, width: number): string {
  const text = printable(given)
  if (text.length <= width) return text
  const tail = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`
}

/** Renders the table: a header, a rule, one line per row. `paint` may colour a finished line; widths are measured before. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: (line: string, row: Row) => string = (line) => line,
): readonly string[] {
  const titles = columns.map(({ title }) => printable(title))
  const cells = rows.map((row) => columns.map((column) => fit(column.value(row), column.maxWidth ?? 1000)))
  const widths = columns.map((_, index) =>
    Math.max(titles[index]!.length, ...cells.map((line) => line[index]!.length)),
  )
  const join = (line: readonly string[]): string =>
    line
      .map((text, index) =>
        columns[index]!.align === 'left' ? text.padEnd(widths[index]!) : text.padStart(widths[index]!),
      )
      .join('  ')
      .trimEnd()
  return [
    join(titles),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map((row, index) => paint(join(cells[index]!), row)),
  ]
}

/** Formats a whole number with thousands separators, `1,234,567`. Without `toLocaleString`, whose first call takes 7 ms. */
export const formatCount = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** Formats three significant digits with a unit: `4.35 G`, `912 k`. */
export function formatSi(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let [scaled, unit] = [value, 0]
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000
    unit++
  }
  const digits = scaled >= 99.95 || unit === 0 ? 0 : scaled >= 9.995 ? 1 : 2
  return `${scaled.toFixed(digits)}${units[unit] === '' ? '' : ` ${units[unit]}`}`
}

/** Formats `12 ms`, `1.34 s`, `2 min 5 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** Breaks a text at spaces into lines of at most `width` columns. A longer word stays whole. */
export function wrap(text: string, width = 80): readonly string[] {
  const lines: string[] = []
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
