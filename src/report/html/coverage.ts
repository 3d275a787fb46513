/** The coverage report as HTML pages. */

import {
  addShares,
  type CoveragePoint,
  countLines,
  type FileCoverage,
  formatShare,
  type Share,
} from '../../coverage/counts.ts'
import { type Content, html, type Markup } from '../markup.ts'
import { renderSourcePage as page, sourceRow } from './source-page.ts'

export const pageName = (file: string): string => `${file.replace(/[^\w.-]+/g, '_')}.html`

/** The list of files. */
export function renderIndex(files: readonly FileCoverage[]): string {
  const cell = (share: Share) =>
    html`<td title="${share.covered} of ${share.total}">${formatShare(share)}</td>`
  const row = (name: Markup, { lines, branches, toggles }: FileCoverage) =>
    html`<tr><td>${name}</td>${cell(lines)}${cell(branches)}${cell(toggles)}</tr>`
  const rows = files.map((file) => row(html`<a href="${pageName(file.file)}">${file.file}</a>`, file))
  const head = html`<tr><th>file</th><th>lines</th><th>branches</th><th>toggles</th></tr>`
  return page(
    'RTL coverage',
    html`<div class="scroll"><table>${head}${rows}${row(html`<b>all</b>`, addShares(files))}</table></div>`,
  )
}

/** Renders a file with the count of each line, the branches never taken and the bits that never toggled. */
export function renderFile(summary: FileCoverage, points: readonly CoveragePoint[], source: string): string {
  const counts = countLines(points)
  const missing = new Map<number, string[]>()
  const note = (line: number, text: string) => missing.set(line, [...(missing.get(line) ?? []), text])
  for (const { kind, what, line, count } of points)
    if (kind === 'branch' && count === 0) note(line, `${what} never taken`)
  for (const [line, text] of listStill(points)) note(line, text)
  const rows = source.split('\n').map((text, index) => {
    const line = index + 1
    const count = counts.get(line)
    const notes = missing.get(line)
    const kind = count === 0 ? 'no' : notes !== undefined ? 'some' : count === undefined ? '' : 'yes'
    const remark: Content = (notes ?? []).map((each) => html`\n<span class="note">// ${each}</span>`)
    return sourceRow({ kind, line, count: count ?? '', text, remark })
  })
  const facts = html`<p>lines ${formatShare(summary.lines)}, branches ${formatShare(summary.branches)}, toggles ${formatShare(summary.toggles)}; <a href="index.html">all files</a></p>`
  return page(summary.file, html`${facts}<div class="source"><table>${rows}</table></div>`)
}

/** Bits that never toggled, by line: `count_q[7:5] never toggled`. */
function listStill(points: readonly CoveragePoint[]): readonly (readonly [number, string])[] {
  const signals = new Map<string, { readonly line: number; readonly bits: number[] }>()
  for (const { kind, what, line, count } of points) {
    if (kind !== 'toggle' || count > 0) continue
    const match = /^(.*)\[(\d+)\]$/.exec(what)
    const name = match?.[1] ?? what
    const signal = signals.get(`${line} ${name}`) ?? { line, bits: [] }
    signals.set(`${line} ${name}`, signal)
    if (match !== null) signal.bits.push(Number(match[2]))
  }
  return [...signals].map(([key, { line, bits }]) => {
    const name = key.slice(key.indexOf(' ') + 1)
    return [line, `${name}${bits.length === 0 ? '' : `[${joinBits(bits)}]`} never toggled`] as const
  })
}

/** 7, 6, 5, 2 as `7:5, 2`. */
function joinBits(bits: number[]): string {
  const runs: [number, number][] = []
  for (const bit of bits.sort((a, b) => b - a)) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === bit + 1) last[1] = bit
    else runs.push([bit, bit])
  }
  return runs.map(([high, low]) => (high === low ? `${high}` : `${high}:${low}`)).join(', ')
}
