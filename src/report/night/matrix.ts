/** The matrix of a night: what is red where, over the axis with the most values and combinations of the others. */
import { isOfRtl } from '../../regress/cause.ts'
import { isRedEntry } from '../../regress/night.ts'
import { html, type Markup } from '../markup.ts'
import { formatCount } from '../table.ts'
import type { NightView } from './view.ts'

const MOST_COLUMNS = 24
const MOST_ROWS = 200

interface Cell {
  readonly all: number
  readonly red: number
  /** Red ones that came to no result: they say nothing of the RTL. */
  readonly none: number
}

type Counting = { -readonly [Name in keyof Cell]: number }

export interface Matrix {
  /** The axis of the rows. */
  readonly axis: string
  /** Axes of the columns; what else a plan varies is added up. */
  readonly across: readonly string[]
  readonly columns: readonly (readonly string[])[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly Cell[] }[]
  /** Rows without red entries that are left out of a long table. */
  readonly left: number
}

/** Null for a plan that varies nothing but seeds. */
export function makeMatrix({ night, axes }: NightView): Matrix | null {
  const varied = [...axes].filter(([axis, values]) => axis !== 'seed' && values.length > 1)
  if (varied.length === 0) return null
  const [axis] = varied.reduce((most, own) => (own[1].length > most[1].length ? own : most))
  let across = varied.map(([name]) => name).filter((name) => name !== axis)
  while (across.reduce((product, name) => product * axes.get(name)!.length, 1) > MOST_COLUMNS) {
    const widest = across.reduce((most, own) => (axes.get(own)!.length > axes.get(most)!.length ? own : most))
    across = across.filter((name) => name !== widest)
  }
  const columns = new Map<string, readonly string[]>()
  const rows = new Map<string, Map<string, Counting>>()
  for (const entry of night.entries) {
    const combination = across.map((name) => entry.axes[name] ?? '')
    const column = combination.join('\0')
    columns.set(column, combination)
    const name = entry.axes[axis] ?? ''
    const row = rows.get(name) ?? new Map<string, Counting>()
    rows.set(name, row)
    const cell = row.get(column) ?? { all: 0, red: 0, none: 0 }
    row.set(column, cell)
    cell.all++
    if (!isRedEntry(entry)) continue
    cell.red++
    if (!isOfRtl(entry.status)) cell.none++
  }
  const all = [...rows].map(([name, cells]) => ({
    name,
    cells: [...columns.keys()].map((column) => cells.get(column) ?? { all: 0, red: 0, none: 0 }),
  }))
  const isRed = ({ cells }: { readonly cells: readonly Cell[] }): boolean => cells.some(({ red }) => red > 0)
  const shown = all.length <= MOST_ROWS ? all : [...all.filter(isRed), ...all.filter((row) => !isRed(row))]
  const kept = shown.slice(0, MOST_ROWS)
  return { axis, across, columns: [...columns.values()], rows: kept, left: all.length - kept.length }
}

export function renderMatrix(view: NightView): Markup | null {
  const matrix = makeMatrix(view)
  if (matrix === null) return null
  const { axis, across, columns, rows, left } = matrix
  const hasNone = rows.some(({ cells }) => cells.some(({ red, none }) => red > 0 && none === red))
  const caption = `${view.red === 0 ? 'Exact entries' : 'Red entries of all'}, by ${[axis, ...across].join(', ')}${hasNone ? '; ? came to no result' : ''}`
  const head = columns.map(
    (values) =>
      html`<th scope="col">${values.map((value, at) => html`<div>${nameValue(across[at]!, value)}</div>`)}</th>`,
  )
  const body = rows.map(
    ({ name, cells }) =>
      html`<tr><th scope="row">${name === '' ? `no ${axis}` : name}</th>${cells.map(renderCell)}</tr>\n`,
  )
  const rest =
    left === 0
      ? ''
      : html`<p class="hint">${formatCount(left)} more rows are left out; those with red entries come first.</p>`
  return html`<p class="hint">${caption}</p><div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><thead><tr><th scope="col">${axis}</th>${columns.length === 1 && across.length === 0 ? html`<th scope="col">entries</th>` : head}</tr></thead><tbody>${body}</tbody></table></div>${rest}`
}

/** A bare number says nothing without its axis. */
const nameValue = (axis: string, value: string): string =>
  value === '' ? `no ${axis}` : /^\d+$/.test(value) ? `${axis} ${value}` : value

function renderCell({ all, red, none }: Cell): Markup {
  if (all === 0) return html`<td class="soft">–</td>`
  if (red === 0) return html`<td class="all-good">✓ ${formatCount(all)}</td>`
  if (none === red) return html`<td class="no-result">? ${formatCount(red)}/${formatCount(all)}</td>`
  return html`<td class="${red === all ? 'all-bad' : 'some-bad'}">✗ ${formatCount(red)}/${formatCount(all)}</td>`
}
