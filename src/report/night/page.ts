/** A night as one HTML page: its causes first, each with the case that is the cheapest to see again. */
import { isOfRtl } from '../../regress/cause.ts'
import type { Group } from '../../regress/triage.ts'
import { quote } from '../../result/reproduce.ts'
import { renderDocument } from '../html/document.ts'
import { renderReproduction, renderTable, section } from '../html/sections.ts'
import { html, type Markup } from '../markup.ts'
import { describeCommit, describeOrigin } from '../reproduce.ts'
import { formatCount, formatSeconds } from '../table.ts'
import { renderMatrix } from './matrix.ts'
import { nightData } from './page-data.ts'
import { NIGHT_SCRIPT } from './script.min.ts'
import { NIGHT_STYLE } from './style.ts'
import { renderTrends } from './trends.ts'
import { countByDesign, isRedNight, lineOf, type NightView, smallestOf } from './view.ts'
import {
  concludeNight,
  countOf,
  describeCase,
  describeComparison,
  describeMembers,
  titleOf,
  whenOf,
} from './words.ts'

/** Causes that the page explains; the list of entries has all. */
const MOST_GROUPS = 100

export function renderNightPage(view: NightView): string {
  const { night, groups, comparison } = view
  const sections = [
    section('causes', 'Causes', groups.length === 0 ? null : renderGroups(view)),
    section('matrix', 'Where', renderMatrix(view)),
    section('comparison', 'Against the night before', comparison && renderComparison(view)),
    section('history', 'History', renderTrends(view)),
    section('designs', 'Designs', renderDesigns(view)),
    section('entries', 'Entries', renderControls()),
    section('run', 'What was run', renderFacts(view)),
  ]
  return renderDocument({
    title: `${night.name}: ${isRedNight(view) ? 'red' : 'bit-exact'}`,
    header: renderHeader(view),
    ...{ sections, style: NIGHT_STYLE, script: NIGHT_SCRIPT, data: nightData(view) },
    first: { id: groups.length === 0 ? 'matrix' : 'causes', name: 'To the causes' },
  })
}

function renderHeader(view: NightView): Markup {
  const { night, red, groups } = view
  const good = !isRedNight(view)
  const facts: readonly (readonly [string, string])[] = [
    ['entries', `${formatCount(night.entries.length - red)} of ${formatCount(night.entries.length)} exact`],
    ['causes', formatCount(groups.length)],
    ['runs', formatCount(night.runs.length)],
    ['took', formatSeconds(night.seconds)],
    ['began', whenOf(night.startedAt)],
    ['commit', describeCommit(night.origin)],
  ]
  return html`<header class="${good ? 'good' : 'bad'}"><p class="brand">assay regress</p><h1><span class="sign" aria-hidden="true">${good ? '✓' : '✗'}</span> ${night.name}: ${good ? 'bit-exact' : night.verdict === 'broken' ? 'not all ran' : 'not exact'}</h1><p>${concludeNight(view)}</p><dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></header>`
}

function renderGroups(view: NightView): readonly Markup[] {
  const left = view.groups.length - MOST_GROUPS
  return [
    ...view.groups.slice(0, MOST_GROUPS).map((group, index) => renderGroup(view, group, index)),
    ...(left > 0 ? [html`<p>… and ${countOf(left, 'more cause')}: the list of entries has them.</p>`] : []),
  ]
}

function renderGroup(view: NightView, group: Group, index: number): Markup {
  const smallest = smallestOf(view, group)
  const isOne = group.members.length === 1
  const members = isOne ? [] : describeMembers(view, group)
  const { id, waveform } = view.night.runs[smallest.run]!
  const line = lineOf(view, smallest)
  const signal = waveform === null ? '' : html`, <a href="./${waveform}">waveform</a>`
  return html`<div class="cause ${isOfRtl(group.cause.status) ? '' : 'none'}"><h3>${titleOf(view, group)}</h3><p>${isOne ? '' : 'Smallest case: '}<strong>${smallest.name}</strong>, <a href="runs/${id}/">run ${id}</a>${signal}</p><p class="message">${describeCase(view, group).join('\n')}</p>${line === null ? '' : renderReproduction(line)}${
    isOne ? '' : html`<ul>${members.map((text) => html`<li>${text}</li>`)}</ul>`
  }<p><button type="button" data-cause="${index}">Show ${isOne ? 'it' : `all ${formatCount(group.members.length)}`} in the list</button></p></div>\n`
}

const renderComparison = ({ comparison }: NightView): Markup => {
  const [head = '', ...others] = describeComparison(comparison!)
  return html`<p class="${comparison!.isRed ? 'bad' : ''}">${head}</p><ul>${others.map((text) => html`<li>${text}</li>`)}</ul>`
}

/** Designs that stand in the table, those with red entries first. */
const MOST_DESIGNS = 200

function renderDesigns({ night }: NightView): Markup {
  const counts = countByDesign(night)
  const rows = night.designs.map(({ name, cycles }, design) => ({
    ...{ name, ...counts[design]!, seconds: 0 },
    cycles: Object.values(cycles).reduce((sum, own) => sum + own, 0),
  }))
  for (const { design, seconds } of night.runs) rows[design]!.seconds += seconds
  const shown = rows.toSorted((a, b) => Number(b.red > 0) - Number(a.red > 0)).slice(0, MOST_DESIGNS)
  const number = (text: string): { readonly text: string; readonly number: true } => ({ text, number: true })
  return renderTable(
    rows.length > shown.length
      ? `The first ${shown.length} of ${formatCount(rows.length)}`
      : 'Everything but picture and seed',
    ['design', 'verdict', 'entries', 'red', 'cycles', 'time'],
    shown.map(({ name, entries, red, cycles, seconds }) => [
      name,
      { text: red > 0 ? '✗ red' : '✓ exact', className: red > 0 ? 'bad' : 'good' },
      ...[formatCount(entries), formatCount(red), formatCount(cycles), formatSeconds(seconds)].map(number),
    ]),
    (index) => (shown[index]!.red > 0 ? 'red' : ''),
  )
}

const renderControls = (): Markup =>
  html`<div id="controls" hidden><input type="search" id="search" placeholder="Words of the name" aria-label="Words of the name"><label><input type="checkbox" id="only-red"> red ones only</label></div><div id="list"><p class="hint">regress.json has every entry; this list needs the page’s script.</p></div>`

function renderFacts({ night }: NightView): Markup {
  const rows: readonly (readonly [string, string])[] = [
    ['plan', `${night.plan.file}, SHA-256 of its entries ${night.plan.identity}`],
    ['origin', describeOrigin(night.origin)],
    ['commit', night.origin.commit ?? 'none'],
    ['command', ['assay', ...night.origin.command].map(quote).join(' ')],
    ['assay', night.assay],
    ['Node.js', night.node],
    ['Verilator', night.verilator ?? 'no run came to a result'],
    ['hosts', [...new Set(night.runs.flatMap(({ host }) => host ?? []))].join(', ') || night.origin.host],
    ['began', night.startedAt],
  ]
  return html`<dl class="run">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}
