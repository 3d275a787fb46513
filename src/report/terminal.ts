/** This file renders the diff for the terminal: a table of at most 80 columns, and a closing line that says what was proved. */

import { describeComparison } from '../diff/compare.ts'
import { mapTexts, printable } from '../input/printable.ts'
import {
  boxesAreRed,
  isRed,
  type LayerResult,
  type Replay,
  type SimResult,
  STATUS_WORDS,
  type StimulusResult,
  statusOf,
} from '../result/result.ts'
import { closingLine, countLayers, describeEvidence } from './conclusion.ts'
import { diagnose, diagnoseStimulus } from './diagnosis.ts'
import { describeLook } from './gtkwave.ts'
import { describeBoxesResult } from './red-layer.ts'
import { describeReproduction, NEXT, wrapShell } from './reproduce.ts'
import {
  describeCoverage,
  describeNotExercised,
  describeRedSet,
  describeStimulus,
  diagnoseSets,
} from './stimulus.ts'
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

/** Sets of logits that are named. */
const MOST_SETS = 3

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
  const { summary, faults, left, command } = diagnose(result)
  const told = [...summary, ...faults.flatMap((fault) => fault.lines), ...(left === null ? [] : [left])]
  lines.push(...told.flatMap((line) => wrap(line).map((part) => paint('red', part))))
  const { boxes, replay, waveform } = result
  if (boxes !== null) {
    const text = `q_NMS  ${boxes.candidates} candidates, ${boxes.actual} boxes, ${formatSi(boxes.cycles)} cycles: ${describeBoxesResult(boxes)}`
    lines.push(...wrap(text).map((line) => (boxesAreRed(boxes) ? paint('red', line) : line)))
  }
  if (replay !== null) lines.push(...wrap(describeReplay(replay)))
  if (waveform !== null) {
    const [time, open] = describeLook(waveform)
    lines.push(...wrap(`Waveform: ${waveform.file}, ${time}`), ...wrapShell(open))
  }
  if (command !== null) lines.push(NEXT, ...wrapShell(command))
  for (const picture of result.pictures) lines.push(`Picture: ${picture}`)
  if (given.reproduce !== undefined) lines.push(...describeReproduction(given.reproduce))
  const evidence = describeEvidence(result)
  if (evidence !== null) lines.push(...wrap(evidence))
  if (result.stimulus !== undefined) lines.push(...renderStimulus(result.stimulus, result.layers, paint))
  lines.push(...wrap(describeTotals(result)))
  for (const remark of result.remarks ?? []) lines.push(...wrap(remark))
  lines.push(...wrap(closingLine(result)).map((line) => paint('bold', line)))
  return lines.join('\n')
}

function renderStimulus(
  stimulus: StimulusResult,
  layers: readonly LayerResult[],
  paint: Paint,
): readonly string[] {
  const sets = stimulus.redBoxes
  const red = [
    ...diagnoseStimulus(stimulus, layers),
    ...diagnoseSets(stimulus),
    ...sets.slice(0, MOST_SETS).map(describeRedSet),
  ]
  const more = sets.length === 0 ? 0 : Math.max(stimulus.redSets, sets.length) - MOST_SETS
  if (more > 0) red.push(`… and ${more} more set${more === 1 ? '' : 's'} of logits.`)
  const head = wrap(describeStimulus(stimulus))
  return [
    ...(stimulus.isRed ? head.map((line) => paint('red', line)) : head),
    ...red.flatMap((text) => wrap(text)).map((line) => paint('red', line)),
    ...wrap(describeCoverage(stimulus)),
    ...wrap(describeNotExercised(stimulus) ?? ''),
  ].filter((line) => line !== '')
}

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
