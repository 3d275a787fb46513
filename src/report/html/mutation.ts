/** The result of `assay mutate` as one HTML page: scores, witnesses, and each source with the mutants that survived in it. */
import {
  addScores,
  countVerdicts,
  type ModuleScore,
  type MutationSummary,
  type Survivor,
} from '../../mutation/score.ts'
import { type Content, html, type Markup } from '../markup.ts'
import { describeChange, formatScore } from '../mutation.ts'
import { renderSourcePage, sourceRow } from './source-page.ts'

/** @param sources the texts of the files, by their names in the summary */
export function renderMutationPage(
  { modules, witnesses = [], remarks: first = [] }: MutationSummary,
  sources: ReadonlyMap<string, string>,
): string {
  const rows = modules.map((score) => scoreRow(score, html`<a href="#${score.module}">${score.module}</a>`))
  const total = modules.length > 1 ? scoreRow(addScores(modules), html`<b>all</b>`) : ''
  const head = html`<tr><th>file</th><th>score</th><th>survived</th><th>mutants</th><th>noticed</th><th>equivalent</th><th>accepted</th></tr>`
  const asked = witnesses.map(
    ({ name, killed, remarks }) =>
      html`<tr><td>${name}</td><td>${killed}</td><td class="text">${remarks.join('; ')}</td></tr>\n`,
  )
  const said = first.map((remark) => html`<p>${remark}</p>\n`)
  const table = html`${said}<div class="scroll"><table>${head}${rows}${total}</table></div>`
  const by = html`<h2>Noticed first by</h2><div class="scroll"><table><tr><th>tests</th><th>mutants</th><th></th></tr>${asked}</table></div>`
  const files = modules.map((score) => renderSource(score, sources.get(score.module) ?? ''))
  return renderSourcePage('Mutants', html`${table}${witnesses.length === 0 ? '' : by}${files}`)
}

function scoreRow(score: ModuleScore, name: Markup): Markup {
  const verdict = (one: Parameters<typeof countVerdicts>[1]) => html`<td>${countVerdicts(score, one)}</td>`
  return html`<tr><td>${name}</td><td>${formatScore(score)}</td>${verdict(null)}<td>${score.mutants}</td><td>${score.killed}</td>${verdict('equivalent')}${verdict('accepted')}</tr>\n`
}

/** A source. Each line has the number of its mutants that were noticed, and those that were not. */
function renderSource(score: ModuleScore, source: string): Markup {
  const rows = source.split('\n').map((text, index) => {
    const line = index + 1
    const alive = score.survivors.filter((survivor) => survivor.line === line)
    const killed = (score.noticed ?? []).filter((one) => one.line === line).length
    const isOpen = alive.some(({ explanation }) => explanation === null)
    const kind = isOpen ? (killed > 0 ? 'some' : 'no') : killed > 0 ? 'yes' : ''
    const count = killed + alive.length === 0 ? '' : `${killed}/${killed + alive.length}`
    return sourceRow({ kind, line, count, text, remark: alive.map(renderSurvivor) })
  })
  const left = score.left ?? 0
  const { length: unbuildable } = score.unbuildable ?? []
  const notes = [
    ...(left > 0 ? [`not asked for: ${left}`] : []),
    ...(unbuildable > 0 ? [`not compiled: ${unbuildable}`] : []),
  ]
  const facts = html`<p class="note">noticed/mutants of each line${notes.map((note) => `; ${note}`)}</p>`
  return html`<h2 id="${score.module}">${score.module}</h2>${facts}<div class="source"><table>${rows}</table></div>\n`
}

function renderSurvivor(survivor: Survivor): Content {
  const { explanation } = survivor
  const why = explanation === null ? 'survived' : `${explanation.verdict}: ${explanation.because}`
  return html`\n<span class="note">// ${describeChange(survivor)} (${why})</span>`
}
