/** The coverage report as HTML pages. */
import { type Content, html, type Markup, raw } from '../report/markup.ts'
import {
  addShares,
  type CoveragePoint,
  countLines,
  type FileCoverage,
  formatShare,
  type Share,
} from './counts.ts'

const style = `
:root { color-scheme: light dark; --no: #fdd; --some: #ffe9b8; --yes: #e3f6e3; --dim: #777; --line: #ccc }
@media (prefers-color-scheme: dark) { :root { --no: #5a1f1f; --some: #54430f; --yes: #173a1b; --dim: #999; --line: #444 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line) }
td:first-child, th:first-child { text-align: left } pre, code, .n { font: 13px/1.45 ui-monospace, monospace }
.source { overflow-x: auto } .source td { border: 0; padding: 0 .6rem; white-space: pre; text-align: left }
.source .n { color: var(--dim); text-align: right; user-select: none } .no { background: var(--no) } .some { background: var(--some) }
.yes { background: var(--yes) } .note { color: var(--dim) }`

const page = (title: string, body: Markup): string =>
  String(
    html`<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n<title>${title}</title><style>${raw(style)}</style>\n<h1>${title}</h1>\n${body}\n</html>\n`,
  )

export const pageName = (file: string): string => `${file.replace(/[^\w.-]+/g, '_')}.html`

/** The list of files. */
export function renderIndex(files: readonly FileCoverage[]): string {
  const cell = (share: Share) =>
    html`<td title="${share.covered} of ${share.total}">${formatShare(share)}</td>`
  const row = (name: Markup, { lines, branches, toggles }: FileCoverage) =>
    html`<tr><td>${name}</td>${cell(lines)}${cell(branches)}${cell(toggles)}</tr>`
  const rows = files.map((file) => row(html`<a href="${pageName(file.file)}">${file.file}</a>`, file))
  const head = html`<tr><th>file</th><th>lines</th><th>branches</th><th>bits that toggled</th></tr>`
  return page('RTL coverage', html`<table>${head}${rows}${row(html`<b>all</b>`, addShares(files))}</table>`)
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
    const remark: Content =
      notes === undefined ? '' : html`  <span class="note">// ${notes.join('; ')}</span>`
    return html`<tr class="${kind}"><td class="n">${line}</td><td class="n">${count ?? ''}</td><td><code>${text}</code>${remark}</td></tr>\n`
  })
  const facts = html`<p>lines ${formatShare(summary.lines)}, branches ${formatShare(summary.branches)}, bits that toggled ${formatShare(summary.toggles)}; <a href="index.html">all files</a></p>`
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
