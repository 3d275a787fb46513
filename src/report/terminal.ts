/** This file renders the diff for the terminal: a table of at most 80 columns, and a closing line that says what was proved. */

import { describeBoxes } from '../diff/boxes.ts'
import { describeComparison } from '../diff/compare.ts'
import { FAULT_TITLES, type FaultKind } from '../diff/fault-kinds.ts'
import { mapTexts, printable } from '../input/printable.ts'
import {
  type BoxesResult,
  boxesAreRed,
  isRed,
  type LayerResult,
  type Replay,
  type SeedRecord,
  type SimResult,
  STATUS_WORDS,
  type StimulusResult,
  statusOf,
} from '../result/result.ts'
import { closingLine, countLayers, describeEvidence } from './conclusion.ts'
import { describeLook } from './gtkwave.ts'
import { describeReproduction } from './reproduce.ts'
import { describeCoverage, describeNotExercised, describeRedSet, describeStimulus } from './stimulus.ts'
import { type Column, formatCount, formatSeconds, formatSi, renderTable, wrap } from './table.ts'

const shapeText = (layer: LayerResult): string => layer.shape.join('x')

/** The column of times. A layer that was proved before shows the first digits of its evidence's name instead. */
const timeText = ({ evidence, seconds }: LayerResult): string =>
  evidence?.before === true ? evidence.key.slice(0, 7) : formatSeconds(seconds)

/** The column of verdicts. Red ones are in capitals, because colours may be off. */
function verdictText(layer: LayerResult): string {
  const word = STATUS_WORDS[statusOf(layer)]
  return isRed(layer) ? word.toUpperCase() : word
}

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

/** Columns of what a dump does not say. */
const RTL_ONLY: ReadonlySet<string> = new Set(['MACs', 'cycles', 'time'])

/** Number of red layers, or of kinds of fault, that are explained below the table. */
const MOST_EXPLAINED = 12

export type Paint = (style: 'red' | 'green' | 'bold' | 'dim', text: string) => string

export function renderSimResult(given: SimResult, paint: Paint): string {
  const result = mapTexts(given, printable)
  const lines = [
    ...renderTable(
      result.mode === 'compared' ? COLUMNS.filter(({ title }) => !RTL_ONLY.has(title)) : COLUMNS,
      result.layers,
      (line, layer) =>
        isRed(layer)
          ? paint('red', line)
          : line.replace(/(exact|before)$/, (verdict) => paint('green', verdict)),
    ),
    '',
  ]
  const red = result.layers.filter(isRed)
  lines.push(...explainRed(red).flatMap((line) => wrap(line).map((part) => paint('red', part))))
  const { boxes, replay, waveform } = result
  if (boxes !== null) {
    const text = `q_NMS  ${boxes.candidates} candidates, ${boxes.actual} boxes, ${formatSi(boxes.cycles)} cycles: ${describeBoxesResult(boxes)}`
    lines.push(...wrap(text).map((line) => (boxesAreRed(boxes) ? paint('red', line) : line)))
    if (boxes.kind != null) lines.push(...wrap(describeKind(boxes.kind)).map((line) => paint('red', line)))
  }
  if (replay !== null) lines.push(...wrap(describeReplay(replay)))
  if (waveform !== null) {
    const [time, cycle] = describeLook(waveform)
    lines.push(...wrap(`Waveform: ${waveform.file}, ${time}`), ...wrap(cycle))
  }
  for (const picture of result.pictures) lines.push(`Picture: ${picture}`)
  if (given.reproduce !== undefined) lines.push(...describeReproduction(given.reproduce))
  const evidence = describeEvidence(result)
  if (evidence !== null) lines.push(...wrap(evidence))
  if (result.stimulus !== undefined) lines.push(...renderStimulus(result.stimulus, paint))
  lines.push(...wrap(describeTotals(result)))
  for (const remark of result.remarks ?? []) lines.push(...wrap(remark))
  lines.push(...wrap(closingLine(result)).map((line) => paint('bold', line)))
  return lines.join('\n')
}

function renderStimulus(stimulus: StimulusResult, paint: Paint): readonly string[] {
  const red = [...explainRed(stimulus.red), ...stimulus.redBoxes.slice(0, MOST_EXPLAINED).map(describeRedSet)]
  const head = wrap(describeStimulus(stimulus))
  return [
    ...(stimulus.isRed ? head.map((line) => paint('red', line)) : head),
    ...red.flatMap((text) => wrap(text)).map((line) => paint('red', line)),
    ...wrap(describeCoverage(stimulus)),
    ...wrap(describeNotExercised(stimulus) ?? ''),
  ].filter((line) => line !== '')
}

const UNSTEADY =
  'exact now and was red before, with the same RTL and the same inputs: it is unsteady, and counts as red'

/** Describes the result of the boxes. */
export const describeBoxesResult = (boxes: BoxesResult): string =>
  boxes.error ?? (statusOf(boxes) === 'unsteady' ? UNSTEADY : describeBoxes(boxes))

/** What layers that are red in the same way have in common; null for a layer of which no kind of fault is known. */
function kindOf(layer: LayerResult): string | null {
  const { name, kind, error, stray, repeated, lost, seeds } = layer
  // Numbers and names differ where the sentence is the same.
  if (error !== null) {
    const words = error.split(' ').filter((word) => word.replace(/[,:]$/, '') !== name)
    return words.join(' ').replace(/\d\w*/g, '#')
  }
  if (kind === null) return statusOf(layer) === 'unsteady' ? 'unsteady' : null
  const also = [stray > 0, repeated > 0, (lost ?? 0) > 0, (seeds?.red.length ?? 0) > 0]
  return `${kind.name} ${also.join()}`
}

/** The first layer of each kind of fault, and the names of the others. */
export function explainRed(red: readonly LayerResult[]): readonly string[] {
  const byKind = new Map<unknown, LayerResult[]>()
  for (const layer of red) {
    const kind = kindOf(layer) ?? layer
    byKind.set(kind, [...(byKind.get(kind) ?? []), layer])
  }
  const groups = [...byKind.values()]
  const left = groups.slice(MOST_EXPLAINED).flat().length
  return [
    ...groups
      .slice(0, MOST_EXPLAINED)
      .flatMap(([first, ...others]) => [
        ...describeRedLayer(first!),
        ...(others.length === 0 ? [] : [`Likewise: ${nameLayers(others)}; report.json explains each.`]),
      ]),
    ...(left === 0 ? [] : [`… and ${left} more layer${left === 1 ? '' : 's'}; report.json explains each.`]),
  ]
}

function nameLayers(layers: readonly LayerResult[]): string {
  const names = layers.slice(0, MOST_EXPLAINED).map(({ name }) => name)
  const more = layers.length - names.length
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

/** Says where and why a layer is red; returns no lines for an exact layer. */
export function describeRedLayer(layer: LayerResult): readonly string[] {
  if (layer.error !== null) return [`${layer.name}: ${layer.error}`]
  if (statusOf(layer) === 'unsteady') return [`${layer.name} is ${UNSTEADY}`]
  const lines: string[] = []
  if (layer.mismatches > 0) lines.push(`${layer.name} ${describeComparison(layer)}`)
  if (layer.kind !== null) lines.push(describeKind(layer.kind))
  lines.push(...describeRedSeeds(layer))
  if (layer.stray > 0)
    lines.push(`${layer.name}: ${formatCount(layer.stray)} words written outside the layer's memory`)
  if (layer.repeated > 0)
    lines.push(`${layer.name}: ${formatCount(layer.repeated)} words written more than once`)
  if ((layer.lost ?? 0) > 0)
    lines.push(
      `${layer.name}: the feature memory does not hold ${formatCount(layer.lost!)} words that the tap showed`,
    )
  return lines
}

/** From which random power-ups a part is red; nothing for a run without seeds. */
export const describeRedSeeds = ({ name, seeds }: Pick<LayerResult, 'name' | 'seeds'>): readonly string[] =>
  seeds === undefined || seeds.red.length === 0 ? [] : [describeSeeds(name, seeds)]

function describeSeeds(name: string, { run, red }: SeedRecord): string {
  if (run.length === 1) return `${name}: red from its one random power-up, seed ${run[0]}`
  if (red.length === run.length) return `${name}: red from each of ${run.length} random power-ups`
  const named = red.slice(0, 5).join(', ')
  return `${name}: red from ${red.length} of ${run.length} random power-ups, ${red.length === 1 ? 'seed' : 'seeds'} ${named}${red.length > 5 ? ' …' : ''}: it reads what nothing has written or reset`
}

/** Describes a kind of fault, such as `Looks like off by one: rounding. All 12 wrong elements …`. */
export const describeKind = ({ name, evidence }: FaultKind): string =>
  `Looks like ${FAULT_TITLES[name]}. ${evidence.charAt(0).toUpperCase()}${evidence.slice(1)}.`

/** Says whether the first divergent layer of a chained run is itself at fault. */
export function describeReplay({ layer, alone, result }: Replay): string {
  return alone
    ? `${layer} alone, from its golden input, differs too (${describeComparison(result)}): the fault is in this layer.`
    : `${layer} alone, from its golden input, is exact: something else was wrong in the run (addresses, lifetimes, state or the layer before).`
}

function describeTotals({ totals, layers, mode }: SimResult): string {
  if (mode === 'compared')
    return `${countLayers(totals.layers)} of a dump, compared in ${formatSeconds(totals.simSeconds)}`
  const ran = layers.filter(({ evidence }) => evidence?.before !== true)
  const macs = ran.reduce((sum, layer) => sum + layer.macs, 0)
  const rate = totals.simSeconds > 0 ? `, ${formatSi(macs / totals.simSeconds)}MAC/s` : ''
  return `${countLayers(totals.layers)}, ${formatSi(totals.macs)}MAC, ${formatCount(totals.cycles)} cycles, build ${formatSeconds(totals.buildSeconds)}, simulation ${formatSeconds(totals.simSeconds)}${rate}`
}
