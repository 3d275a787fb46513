/** This file renders the page's part on accuracy: tables by stage, curves, confusions, classes. */
import type {
  AccuracyDifference,
  AccuracyResult,
  StageAccuracy,
  StageConfusion,
} from '../../result/accuracy.ts'
import type { SimResult } from '../../result/result.ts'
import { type Content, html, type Markup } from '../markup.ts'
import { plotLines } from '../plot-svg.ts'
import { formatCount } from '../table.ts'
import { type Cell, renderTable } from './sections.ts'

const figure = (value: number | null | undefined, digits = 1): Cell => ({
  text: value === null || value === undefined ? '–' : (100 * value).toFixed(digits),
  number: true,
})

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(2)}`

const difference = (value: AccuracyDifference | null): Cell => ({
  text: value === null ? '–' : `${signed(value.difference)} (${signed(value.low)} to ${signed(value.high)})`,
  number: true,
})

/** Renders accuracy. A folder may hold the files of two runs, so accuracy of another quantised model, or of other RTL, is marked. */
export function renderAccuracy(
  accuracy: AccuracyResult,
  { modelHash, run }: Pick<SimResult, 'modelHash' | 'run'>,
): Markup {
  const { protocol, rtl } = accuracy
  const others = [
    accuracy.modelHash === modelHash ? null : 'These figures belong to another quantised model than',
    rtl === null || rtl.hash === run.rtlHash
      ? null
      : 'The boxes of the RTL below are those of other RTL than that of',
  ].filter((text) => text !== null)
  const other = others.map(
    (text) => html`<p class="bad">${text} the layers above: run <kbd>assay validate</kbd> again.</p>`,
  )
  return html`${other}<p>${formatCount(accuracy.images)} images, ${formatCount(accuracy.objects)} objects (${accuracy.data}), input ${protocol.width}×${protocol.height}. Figures are in per cent. Each difference has the ${Math.round(100 * accuracy.bootstrap.level)} % interval of a paired bootstrap over images beside it.</p>
${[
  renderStages(accuracy),
  renderMatched(accuracy),
  ...describePairs(accuracy),
  renderCurves(accuracy),
  renderConfusion(accuracy),
  renderClasses(accuracy),
  renderFindings(accuracy),
]}`
}

function renderStages({ stages, yardstick, protocol }: AccuracyResult): Markup {
  const rows = stages.map((stage) => [
    stage.stage,
    figure(stage.map, 2),
    figure(stage.map50),
    figure(stage.map75),
    figure(stage.mapSmall),
    figure(stage.mapMedium),
    figure(stage.mapLarge),
    figure(stage.ar100),
    difference(stage.difference),
  ])
  const caption = `Mean average precision by stage, confidence ${protocol.confidence}`
  const sizes = ['small', 'medium', 'large', 'AR100']
  return renderTable(caption, ['stage', 'mAP50-95', 'mAP50', 'mAP75', ...sizes, `less ${yardstick}`], rows)
}

function renderMatched({ matched, yardstick, protocol }: AccuracyResult): Markup {
  const rows = matched.map((stage) => [
    stage.stage,
    figure(stage.map, 2),
    figure(stage.map50),
    figure(stage.precision),
    figure(stage.recall),
    figure(stage.f1),
    { text: formatCount(stage.detections), number: true },
    difference(stage.difference),
  ])
  const caption = `As a detector is used: confidence ${protocol.matchedConfidence}, best class of an anchor`
  return renderTable(
    caption,
    ['stage', 'mAP50-95', 'mAP50', 'precision', 'recall', 'F1', 'boxes', `less ${yardstick}`],
    rows,
  )
}

function describePairs({ pairs, overflows, images, protocol, rtl }: AccuracyResult): readonly Markup[] {
  const lines = pairs.map(({ name, first, second, ...own }) => {
    const what = name === 'folding' ? 'Folding the batch norms' : 'q_NMS itself'
    return `${what} (${second} less ${first}): ${difference(own).text}`
  })
  if (overflows > 0)
    lines.push(
      `On ${overflows} of ${images} images q_NMS had more than ${protocol.capacity} candidates and dropped the lowest scores.`,
    )
  if (rtl !== null)
    lines.push(
      rtl.exact === rtl.images
        ? `On all ${rtl.images} images the RTL gives the integer model's boxes, bit for bit.`
        : `The RTL's boxes differ on ${rtl.images - rtl.exact} of ${rtl.images} images, first ${rtl.differing[0]?.image}.`,
    )
  return lines.map((line) => html`<p>${line.replace(/\.?$/, '.')}</p>\n`)
}

/** Renders precision and recall as means over classes at IoU 0.50, one line per stage. */
function renderCurves({ curves }: AccuracyResult): Content {
  if (curves.length === 0) return ''
  const series = curves.map(({ stage, mean50 }) => ({
    name: stage,
    points: mean50.map((precision, index) => [(100 * index) / (mean50.length - 1), 100 * precision] as const),
  }))
  const plot = plotLines({
    title: 'Precision and recall at IoU 0.50',
    xLabel: 'recall, %',
    yLabel: 'precision, %',
    series,
    dots: false,
  })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Precision and recall">${plot}</div>`
}

/** Number of confusions that the table below the picture names. */
const MOST_CONFUSIONS = 12

/** Renders what was there and what was seen, for the yardstick and for the last stage. */
function renderConfusion({ confusion, classNames, yardstick }: AccuracyResult): Content {
  const last = confusion.at(-1)
  const first = confusion.find(({ stage }) => stage === yardstick)
  if (last === undefined) return ''
  const shown = first === undefined || first === last ? [last] : [first, last]
  const figures = shown.map(
    (one) =>
      html`<figure class="confusion">${drawConfusion(one, classNames)}<figcaption>${one.stage}</figcaption></figure>`,
  )
  const { minScore, minIou } = last
  return html`<h3>Confusions</h3>
<p class="hint">A row is the class of an object, a column the class detected at confidence ${minScore} and IoU ${minIou}; the last row and the last column mean no object. A darker cell is a larger share of its row.</p>
<div class="confusions">${figures}</div>
${renderWorst(shown, classNames)}`
}

function drawConfusion({ stage, counts }: StageConfusion, names: readonly string[]): Markup {
  const side = names.length + 1
  const cell = Math.max(4, Math.min(24, Math.floor(340 / side)))
  const totals = new Map<number, number>()
  for (const [truth, , count] of counts) totals.set(truth, (totals.get(truth) ?? 0) + count)
  const nameOf = (index: number): string => names[index] ?? 'nothing'
  const cells = counts.map(([truth, seen, count]) => {
    const opacity = 0.15 + (0.85 * count) / totals.get(truth)!
    const kind = truth === seen ? 'right' : 'wrong'
    return html`<rect class="${kind}" x="${seen * cell}" y="${truth * cell}" width="${cell}" height="${cell}" opacity="${opacity.toFixed(2)}"><title>${nameOf(truth)} seen as ${nameOf(seen)}: ${count}</title></rect>`
  })
  const size = side * cell
  const rim = (side - 1) * cell
  return html`<svg width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" role="img" aria-label="Confusions of the stage ${stage}; the table below names the most frequent"><rect class="frame" width="${size}" height="${size}"/><path class="grid" d="M0 ${rim}H${size}M${rim} 0V${size}"/>${cells}</svg>`
}

/** Renders the most frequent errors of the last stage, with the first stage's counts beside them. */
function renderWorst(shown: readonly StageConfusion[], names: readonly string[]): Markup {
  const nameOf = (index: number): string => names[index] ?? 'nothing'
  const countOf = ({ counts }: StageConfusion, truth: number, seen: number): number =>
    counts.find(([a, b]) => a === truth && b === seen)?.[2] ?? 0
  const worst = shown
    .at(-1)!
    .counts.filter(([truth, seen]) => truth !== seen)
    .toSorted((a, b) => b[2] - a[2])
    .slice(0, MOST_CONFUSIONS)
  const rows = worst.map(([truth, seen]) => [
    nameOf(truth),
    nameOf(seen),
    ...shown.map((one): Cell => ({ text: formatCount(countOf(one, truth, seen)), number: true })),
  ])
  return renderTable(
    'The most frequent confusions',
    ['there', 'seen', ...shown.map(({ stage }) => stage)],
    rows,
  )
}

/** Renders the classes that have objects, the largest loss from the first to the last stage first. */
function renderClasses({ classes, stages }: AccuracyResult): Markup {
  const loss = ({ ap }: (typeof classes)[number]): number => (ap[0] ?? 0) - (ap.at(-1) ?? 0)
  const present = classes.filter(({ objects }) => objects > 0).toSorted((a, b) => loss(b) - loss(a))
  const rows = present.map(({ name, objects, ap }) => [
    name,
    { text: formatCount(objects), number: true },
    ...ap.map((value) => figure(value)),
  ])
  const titles = ['class', 'objects', ...stages.map(({ stage }: StageAccuracy) => stage)]
  return html`<details><summary>Every class (${present.length}), mAP50-95</summary>${renderTable('The largest loss first', titles, rows)}</details>`
}

function renderFindings({ findings }: AccuracyResult): Content {
  if (findings.length === 0) return ''
  const items = findings.map(
    ({ count, message, examples }) =>
      html`<li>${formatCount(count)} ${message} <span class="soft">(${examples.slice(0, 3).join(', ')})</span></li>`,
  )
  return html`<h3>Oddities of the annotations</h3><ul>${items}</ul>`
}
