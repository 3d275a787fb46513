/** The diff as a person reads it: a table of at most 80 columns, and a closing line that says what was proved. */

import { describeBoxes } from '../diff/boxes.ts'
import { FAULT_TITLES, type FaultKind } from '../diff/classify.ts'
import { describeComparison } from '../diff/compare.ts'
import { boxesAreRed, isRed, type LayerResult, type Replay, type SimResult } from './result.ts'
import {
  describeCoverage,
  describeNotExercised,
  describeRedSet,
  describeStimulus,
  type StimulusResult,
} from './stimulus.ts'
import { type Column, formatCount, formatSeconds, formatSi, renderTable, wrap } from './table.ts'

const shapeText = (layer: LayerResult): string => layer.shape.join('x')

/** A layer that was proved before has the first digits of its evidence's name instead of a time. */
const timeText = ({ evidence, seconds }: LayerResult): string =>
  evidence?.before === true ? evidence.key.slice(0, 7) : formatSeconds(seconds)

/** A layer without a result, whose shard is missing or whose simulation did not end, has not been found to differ. */
const verdictText = (layer: LayerResult): string =>
  layer.error !== null
    ? 'FAILED'
    : isRed(layer)
      ? 'DIFFERS'
      : layer.evidence?.before === true
        ? 'before'
        : 'exact'

const COLUMNS: readonly Column<LayerResult>[] = [
  { title: 'layer', align: 'left', value: (layer) => layer.name, maxWidth: 18 },
  { title: 'op', align: 'left', value: (layer) => layer.op },
  { title: 'shape', align: 'right', value: shapeText },
  { title: 'MACs', align: 'right', value: (layer) => (layer.macs === 0 ? '-' : formatSi(layer.macs)) },
  { title: 'cycles', align: 'right', value: (layer) => formatSi(layer.cycles) },
  { title: 'time', align: 'right', value: timeText },
  { title: 'differ', align: 'right', value: (layer) => formatCount(layer.mismatches) },
  { title: '', align: 'left', value: verdictText },
]

/** Red layers that get more than their line of the table. */
const MOST_EXPLAINED = 12

export type Paint = (style: 'red' | 'green' | 'bold' | 'dim', text: string) => string

export function renderSimResult(result: SimResult, paint: Paint): string {
  const lines = [
    ...renderTable(COLUMNS, result.layers, (line, layer) =>
      isRed(layer)
        ? paint('red', line)
        : line.replace(/(exact|before)$/, (verdict) => paint('green', verdict)),
    ),
    '',
  ]
  const red = result.layers.filter(isRed)
  for (const layer of red.slice(0, MOST_EXPLAINED))
    lines.push(...describeRedLayer(layer).flatMap((line) => wrap(line).map((part) => paint('red', part))))
  if (red.length > MOST_EXPLAINED)
    lines.push(paint('red', `… and ${red.length - MOST_EXPLAINED} more layers; report.json explains each.`))
  const { boxes, replay, waveform } = result
  if (boxes !== null) {
    const text = `q_NMS  ${boxes.candidates} candidates, ${boxes.actual} boxes, ${formatSi(boxes.cycles)} cycles: ${boxes.error ?? describeBoxes(boxes)}`
    lines.push(...wrap(text).map((line) => (boxesAreRed(boxes) ? paint('red', line) : line)))
  }
  if (replay !== null) lines.push(...wrap(describeReplay(replay)))
  if (waveform !== null)
    lines.push(
      `Waveform: ${waveform.file}, look at ${2 * waveform.cycle} ps`,
      `(cycle ${waveform.cycle} from power-up; gtkwave ${waveform.save})`,
    )
  for (const picture of result.pictures) lines.push(`Picture: ${picture}`)
  const evidence = describeEvidence(result)
  if (evidence !== null) lines.push(...wrap(evidence))
  if (result.stimulus !== undefined) lines.push(...renderStimulus(result.stimulus, paint))
  lines.push(...wrap(describeTotals(result)), ...wrap(closingLine(result)).map((line) => paint('bold', line)))
  return lines.join('\n')
}

function renderStimulus(stimulus: StimulusResult, paint: Paint): readonly string[] {
  const red = [...stimulus.red.flatMap(describeRedLayer), ...stimulus.redBoxes.map(describeRedSet)].slice(
    0,
    MOST_EXPLAINED,
  )
  const head = wrap(describeStimulus(stimulus))
  return [
    ...(stimulus.isRed ? head.map((line) => paint('red', line)) : head),
    ...red.flatMap((text) => wrap(text)).map((line) => paint('red', line)),
    ...wrap(describeCoverage(stimulus)),
    ...wrap(describeNotExercised(stimulus) ?? ''),
  ].filter((line) => line !== '')
}

/** Where and why a layer is red. */
export function describeRedLayer(layer: LayerResult): readonly string[] {
  if (layer.error !== null) return [`${layer.name}: ${layer.error}`]
  const lines: string[] = []
  if (layer.mismatches > 0) lines.push(`${layer.name} ${describeComparison(layer)}`)
  if (layer.kind !== null) lines.push(describeKind(layer.kind))
  if (layer.seeds !== undefined) lines.push(describeSeeds(layer.name, layer.seeds))
  if (layer.stray > 0)
    lines.push(`${layer.name}: ${formatCount(layer.stray)} words written outside the layer's memory`)
  if (layer.repeated > 0)
    lines.push(`${layer.name}: ${formatCount(layer.repeated)} words written more than once`)
  return lines
}

function describeSeeds(name: string, { run, red }: NonNullable<LayerResult['seeds']>): string {
  if (red.length === run.length) return `${name}: red from each of ${run.length} random power-ups`
  const named = red.slice(0, 5).join(', ')
  return `${name}: red from ${red.length} of ${run.length} random power-ups, seeds ${named}${red.length > 5 ? ' …' : ''}: it reads what nothing has written or reset`
}

/** `Looks like off by one: rounding. All 12 wrong elements …`. */
export const describeKind = ({ name, evidence }: FaultKind): string =>
  `Looks like ${FAULT_TITLES[name]}. ${evidence.charAt(0).toUpperCase()}${evidence.slice(1)}.`

/** Whether the first divergent layer of a chained run is itself at fault. */
export function describeReplay({ layer, alone, result }: Replay): string {
  return alone
    ? `${layer} alone, from its golden input, differs too (${describeComparison(result)}): the fault is in this layer.`
    : `${layer} alone, from its golden input, is exact: what it read was wrong (addresses, lifetimes or the layer before).`
}

export const countLayers = (layers: number): string => `${layers} layer${layers === 1 ? '' : 's'}`

function describeTotals({ totals, layers }: SimResult): string {
  const ran = layers.filter(({ evidence }) => evidence?.before !== true)
  const macs = ran.reduce((sum, layer) => sum + layer.macs, 0)
  const rate = totals.simSeconds > 0 ? `, ${formatSi(macs / totals.simSeconds)}MAC/s` : ''
  return `${countLayers(totals.layers)}, ${formatSi(totals.macs)}MAC, ${formatCount(totals.cycles)} cycles, build ${formatSeconds(totals.buildSeconds)}, simulation ${formatSeconds(totals.simSeconds)}${rate}`
}

/** `71 of 74 layers proved before (build/cache/evidence), the first on …`; null where every layer ran. */
export function describeEvidence({ layers }: SimResult): string | null {
  const before = layers.flatMap(({ evidence }) => (evidence?.before === true ? [evidence] : []))
  if (before.length === 0) return null
  const since = before.map(({ provedAt }) => provedAt).sort()[0]!
  const when = since.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')
  const which =
    before.length === layers.length
      ? `Nothing changed: all ${before.length} layers were`
      : `${before.length} of ${layers.length} layers were`
  return `${which} proved before, the first on ${when}; the time column names the evidence in cache/evidence. --no-cache runs all.`
}

/** What was proved, in words; of a red run, what was not. */
export function closingLine(result: SimResult): string {
  const { totals } = result
  const subject = `${formatCount(totals.elements)} output elements of ${countLayers(totals.layers)}`
  const bits = `W${result.weightBits}A${result.activationBits}`
  if (result.verdict === 'exact') {
    const how = result.mode === 'isolated' ? 'each layer from its golden input' : 'chained from the image'
    const seeds = Math.max(0, ...result.layers.map((layer) => layer.seeds?.run.length ?? 0))
    const from = seeds > 1 ? `, from ${seeds} random power-ups` : ''
    const boxes = result.boxes === null ? '' : ` and ${result.boxes.expected} boxes`
    const more =
      result.stimulus === undefined || result.stimulus.choice === 'image' ? '' : ' and on generated stimulus'
    return `Proved: on this image${more} the RTL computes all ${subject}${boxes} of ${result.model} (${bits}) bit for bit as the integer model does, ${how}${from}.`
  }
  const red = result.layers.filter(isRed)
  if (red.length === 0 && !boxesAreRed(result.boxes) && result.stimulus?.isRed === true)
    return `Not proved: exact on this image, but not on generated stimulus.`
  if (red.length === 0) return `Not proved: all ${totals.layers} layers are exact, but the boxes differ.`
  const failed = red.filter(({ error }) => error !== null).length
  const how = failed === 0 ? 'differ' : failed === red.length ? 'have no result' : 'differ or have no result'
  return `Not proved: ${red.length} of ${totals.layers} layers ${how}, first ${red[0]!.name}; ${formatCount(totals.mismatches)} of ${subject}.`
}
