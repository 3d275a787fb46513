/** This file renders the parts of the page that need no script: the verdict, the layers, scores of the tests, versions. */
import * as v from 'valibot'
import { FAULT_TITLES } from '../../diff/fault-kinds.ts'
import { type Checked, count, described, openObject } from '../../input/schema.ts'
import type { Reproduction } from '../../result/record.ts'
import { blockOfShell, optionOf, quote } from '../../result/reproduce.ts'
import {
  type BoxesResult,
  boxesAreRed,
  isRed,
  type LayerResult,
  type SimResult,
  STATUS_WORDS,
  statusOf,
} from '../../result/result.ts'
import { closingLine, isOwnModule } from '../conclusion.ts'
import { describeLook } from '../gtkwave.ts'
import { type Content, html, type Markup } from '../markup.ts'
import { describeBoxesResult, describeRedLayer } from '../red-layer.ts'
import { describeOrigin, REPRODUCE } from '../reproduce.ts'
import { describeRunScheme } from '../scheme.ts'
import { formatCount, formatSeconds, formatSi } from '../table.ts'
import { utilisation } from './charts.ts'
import { BOXES } from './graph.ts'

export interface Cell {
  readonly text: string | Markup
  readonly number?: boolean
  readonly className?: string
}

/** Renders a table that scrolls sideways on a narrow screen. */
export function renderTable(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly (Cell | string | number)[])[],
  rowClass: (index: number) => string = () => '',
): Markup {
  const toCell = (value: Cell | string | number = ''): Cell =>
    typeof value === 'object' ? value : { text: String(value), number: typeof value === 'number' }
  const head = titles.map(
    (title, index) =>
      html`<th scope="col" class="${toCell(rows[0]?.[index]).number ? 'n' : ''}">${title}</th>`,
  )
  const body = rows.map((row, index) => {
    const cells = row
      .map(toCell)
      .map(({ text, number, className = '' }) => html`<td class="${number ? 'n' : className}">${text}</td>`)
    return html`<tr class="${rowClass(index)}">${cells}</tr>\n`
  })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** Renders a part with its title; nothing of a part without content. */
export function section(id: string, title: string, content: Content | null): Content {
  if (content === null || (Array.isArray(content) && content.length === 0)) return ''
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${content}\n</section>\n`
}

export function renderHeader(result: SimResult): Markup {
  const { totals } = result
  const good = result.verdict === 'exact'
  const red = result.layers.filter(isRed)
  const facts: readonly (readonly [string, string])[] = [
    ['layers', `${totals.layers - red.length} of ${totals.layers} exact`],
    ['elements', `${formatCount(totals.mismatches)} of ${formatCount(totals.elements)} differ`],
    ...(result.mode === 'compared'
      ? [['compared in', formatSeconds(totals.simSeconds)] as const]
      : ([
          ['work', `${formatSi(totals.macs)}MAC`],
          ['cycles', formatCount(totals.cycles)],
          ['simulated in', formatSeconds(totals.simSeconds)],
        ] as const)),
    ...(result.stimulus === undefined || result.stimulus.choice === 'image'
      ? []
      : [['stimulus', result.stimulus.isRed ? 'differs' : 'exact'] as const]),
  ]
  const first = red[0]
  const jump =
    first === undefined
      ? ''
      : html`<p><button type="button" data-select="${first.name}">First divergence: ${first.name}${first.kind === null ? '' : ` (${FAULT_TITLES[first.kind.name]})`}</button></p>`
  return html`<header class="${good ? 'good' : 'bad'}"><p class="brand">assay</p><h1><span class="sign" aria-hidden="true">${good ? '✓' : '✗'}</span> ${result.model} ${describeRunScheme(result)}: ${good ? 'bit-exact' : 'not exact'}</h1><p>${closingLine(result)}</p>${jump}<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl><dl class="run">${listSubjects(result).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></header>`
}

/** What ran, and what it left: it is looked for before the results are read. */
function listSubjects({ run, mode, layers, waveform }: SimResult): readonly (readonly [string, string])[] {
  const module = optionOf(run.origin, 'module')
  const rtl = optionOf(run.origin, 'rtl')
  const subject: readonly [string, string] =
    mode === 'compared'
      ? ['dump', optionOf(run.origin, 'dump') ?? layers[0]?.dump?.file ?? '–']
      : module !== undefined
        ? ['module', module]
        : ['RTL', rtl ?? (run.origin === undefined ? `SHA-256 ${run.rtlHash}` : 'that of Assay, rtl/')]
  return [subject, ...(waveform === null ? [] : [['waveform', waveform.file] as const])]
}

/** A line to copy, with a button that does it where the page's script runs. */
export const renderReproduction = ({ line, notes }: Reproduction): Markup =>
  html`<p class="hint">${REPRODUCE}</p>${renderShell(blockOfShell(line))}${notes.map(
    (note) => html`<p class="hint">${note}</p>`,
  )}`

export const renderShell = (block: string): Markup =>
  html`<div class="copy"><pre tabindex="0">${block}</pre><button type="button" data-copy>Copy</button></div>`

export function renderLayers(result: SimResult): Markup {
  const rows = result.layers.map((layer) => layerRow(layer, result))
  const classes = result.layers.map((layer) => (isRed(layer) ? 'red' : ''))
  const { boxes } = result
  if (boxes !== null) {
    rows.push([
      { text: selectButton(BOXES, 'q_NMS') },
      'detect',
      '',
      { text: `${boxes.actual} boxes`, number: true },
      { text: formatCount(boxes.mismatches), number: true },
      verdictCell(boxes),
      describeBoxesResult(boxes),
      { text: formatCount(boxes.cycles), number: true },
      '',
      '',
    ])
    classes.push(boxesAreRed(boxes) ? 'red' : '')
  }
  return renderTable(
    'In the order of the program',
    [
      ...['layer', 'op', 'shape', 'elements', 'differ', 'verdict', 'looks like'],
      ...(result.mode === 'compared' ? [] : ['cycles', 'MACs', 'used']),
    ],
    rows,
    (index) => classes[index]!,
  )
}

/** Renders a verdict such as `✓ exact`, with a sign for readers who cannot tell the colours apart. */
export const describeVerdict = (part: LayerResult | BoxesResult): string =>
  `${isRed(part) ? '✗' : '✓'} ${STATUS_WORDS[statusOf(part)]}`

const verdictCell = (part: LayerResult | BoxesResult): Cell => ({
  text: describeVerdict(part),
  className: isRed(part) ? 'bad' : 'good',
})

const selectButton = (name: string, label: string): Markup =>
  html`<button type="button" class="link" data-select="${name}">${label}</button>`

function layerRow(layer: LayerResult, result: SimResult): (Cell | string)[] {
  const why =
    layer.error ?? (layer.kind === null ? describeRedLayer(layer).join('; ') : FAULT_TITLES[layer.kind.name])
  return [
    { text: selectButton(layer.name, layer.name) },
    layer.op,
    { text: layer.shape.join('×'), number: true },
    { text: formatCount(layer.elements), number: true },
    { text: formatCount(layer.mismatches), number: true },
    verdictCell(layer),
    why,
    // Of what a dump does not say.
    ...(result.mode === 'compared' ? [] : workCells(layer, result)),
  ]
}

function workCells(layer: LayerResult, result: SimResult): Cell[] {
  const used = utilisation(layer, result)
  return [
    { text: formatCount(layer.cycles), number: true },
    { text: layer.macs === 0 ? '–' : formatSi(layer.macs), number: true },
    { text: used === null ? '–' : `${(100 * used).toFixed(0)} %`, number: true },
  ]
}

const percent = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? '–' : `${(100 * value).toFixed(digits)} %`

const tally = { hit: count, all: count }
/** The content of `coverage.json` and `mutation.json` (docs/report-schema.md): how much of each module was reached or caught. */
export const scoreSchema = described(
  openObject({
    ...tally,
    modules: v.optional(v.array(openObject({ name: v.string(), ...tally }))),
  }),
  'Covered points of all points, or caught mutants of all that are not equivalent.',
)
export type ScoreFile = Checked<typeof scoreSchema>

export function renderScore(score: ScoreFile, caption: string, unit: string): Markup {
  const share = ({ hit, all }: { hit: number; all: number }): string => percent(all === 0 ? null : hit / all)
  const rows = (score.modules ?? []).map((module) => [
    module.name,
    { text: formatCount(module.hit), number: true },
    { text: formatCount(module.all), number: true },
    { text: share(module), number: true },
  ])
  const table = rows.length === 0 ? '' : renderTable(caption, ['module', 'hit', 'all', 'share'], rows)
  return html`<p><strong>${share(score)}</strong>: ${formatCount(score.hit)} of ${formatCount(score.all)} ${unit}.</p>${table}`
}

const MODES: Readonly<Record<SimResult['mode'], string>> = {
  isolated: 'isolated: each layer from its golden input',
  chained: 'chained: the whole network from the image',
  compared: 'compared: a dump that something else wrote',
}

const OWN_CHAIN = 'chained: all layers in one run, each from what those before it left in memory'

export function renderRun(result: SimResult): Markup {
  const { run, waveform } = result
  const { engine } = run
  const rows: readonly (readonly [string, string])[] = [
    [
      'model',
      `${result.model}${result.modelFileHash === undefined ? '' : `, SHA-256 ${result.modelFileHash}`}`,
    ],
    ['quantised model', `SHA-256 ${result.modelHash}`],
    ...(result.profile === undefined ? [] : [['arithmetic', `profile ${result.profile}`] as const]),
    ['image', `${result.image}, SHA-256 ${run.imageHash}`],
    [result.mode === 'compared' ? 'dump' : 'RTL', `SHA-256 ${run.rtlHash}`],
    ['mode', result.mode === 'chained' && isOwnModule(result) ? OWN_CHAIN : MODES[result.mode]],
    [
      'array',
      `${engine.inputLanes}×${engine.outputLanes}×${engine.pixels} (PI×PO×PX), W${engine.weightBits} A${engine.activationBits} P${engine.tableBits}`,
    ],
    ['assay', run.assay],
    ['Node.js', `${run.node}, ${run.platform}`],
    ['Verilator', run.verilator],
    ['compiler', run.compiler],
    ['began', run.startedAt],
    ...(result.remarks ?? []).map((remark) => ['remark', remark] as const),
    ...(run.origin === undefined
      ? []
      : ([
          ['origin', describeOrigin(run.origin)],
          ['command', ['assay', ...run.origin.command].map(quote).join(' ')],
        ] as const)),
    [
      'time',
      `build ${formatSeconds(result.totals.buildSeconds)}, simulation ${formatSeconds(result.totals.simSeconds)}`,
    ],
    ...(waveform === null
      ? []
      : [['waveform', `${waveform.file}, ${describeLook(waveform).join(' ')}`] as const]),
  ]
  return html`<dl class="run">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}
