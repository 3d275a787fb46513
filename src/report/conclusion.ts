/** This file writes the sentences that say what a run proved, or what it did not. */

import { partsOf } from '../result/conclusion.ts'
import {
  boxesAreRed,
  isRed,
  type LayerResult,
  type PartStatus,
  type SimResult,
  statusOf,
} from '../result/result.ts'
import { describeRunScheme } from './scheme.ts'
import { formatCount } from './table.ts'

export const countLayers = (layers: number): string => `${layers} layer${layers === 1 ? '' : 's'}`

/** Says of a dump which tensors were only read in the layout that fits best; empty for any other run. */
function describeInferred({ layers }: SimResult): string {
  const inferred = layers.filter(({ dump }) => dump?.inferred === true).length
  if (inferred === 0) return ''
  const whose =
    inferred === layers.length ? (inferred === 1 ? '' : ' of all') : ` of ${inferred} of ${layers.length}`
  return ` Inferred, not stated: the layout${whose}, as the one that fits best.`
}

/** Whether it ran the user's own module, which has no array of ours. */
export const isOwnModule = ({ run }: Pick<SimResult, 'run'>): boolean => run.engine.inputLanes === 0

/** Says what a run proved; for a red run, what it did not prove. */
export function closingLine(result: SimResult): string {
  const { totals, layers, boxes } = result
  const elements =
    layers.length === 0
      ? []
      : [`${formatCount(totals.elements)} output elements of ${countLayers(totals.layers)}`]
  if (result.verdict === 'exact') {
    const subject = [...elements, ...(boxes === null ? [] : [`${boxes.expected} boxes`])]
    if (subject.length === 0) throw new RangeError('Expected at least one part to be proved')
    if (result.mode === 'compared')
      return `Proved${describeInferred(result) === '' ? '' : ' in an inferred layout'}: on this image the dump holds all ${subject.join(' and ')} of ${result.model} (${describeRunScheme(result)}) bit for bit as the integer model computes them.${describeInferred(result)}`
    const how =
      result.mode === 'isolated'
        ? 'each layer from its golden input'
        : isOwnModule(result)
          ? 'each layer from what those before it left in memory'
          : 'chained from the image'
    const seeds = Math.max(0, ...partsOf(result).map((part) => part.seeds?.run.length ?? 0))
    const from = seeds > 1 ? `, from ${seeds} random power-ups` : ''
    const more =
      result.stimulus === undefined || result.stimulus.choice === 'image' ? '' : ' and on generated stimulus'
    return `Proved: on this image${more} the RTL computes all ${subject.join(' and ')} of ${result.model} (${describeRunScheme(result)}) bit for bit as the integer model does, ${how}${from}.${result.mode === 'isolated' ? describeUnseen(layers) : ''}${describeVacuous(result)}`
  }
  const red = layers.filter(isRed)
  const fate = boxesAreRed(boxes) ? `the boxes ${FATES[statusOf(boxes!) as RedStatus][1]}` : null
  if (red.length === 0 && fate === null)
    return 'Not proved: exact on this image, but not on generated stimulus.'
  const also = result.stimulus?.isRed === true ? ' Generated stimulus differs, too.' : ''
  if (red.length === 0)
    return layers.length === 0
      ? `Not proved: ${fate}.${also}`
      : `Not proved: all ${totals.layers} layers are exact, but ${fate}.${also}`
  const groups = (['differs', 'failed', 'unsteady', 'notRun'] as const).flatMap((status) => {
    const count = red.filter((layer) => statusOf(layer) === status).length
    return count === 0 ? [] : [{ count, fate: FATES[status] }]
  })
  const what = [
    ...groups.map(({ count, fate: [one, several] }, index) =>
      index === 0
        ? `${count} of ${countLayers(totals.layers)} ${totals.layers === 1 ? one : several}`
        : `${count} ${count === 1 ? one : several}`,
    ),
    ...(fate === null ? [] : [fate]),
  ]
  const wrong = totals.mismatches === 0 ? '' : `; ${formatCount(totals.mismatches)} of ${elements[0]}`
  return `Not proved: ${what.join(', ')}, first ${red[0]!.name}${wrong}.${also}${describeInferred(result)}`
}

/** Says what an exact run did not check. */
function describeUnseen(layers: readonly LayerResult[]): string {
  const count = layers.filter(({ lost }) => lost === null).length
  if (count === 0) return ''
  const whose = count === layers.length ? '' : ` of ${countLayers(count)}`
  return ` Not checked: whether the feature memory holds what the tap${whose} showed; --mode chained reads it.`
}

/** Says if an exact run proves less than it seems to: what it exercised was not counted, or q_NMS had nothing to do. */
function describeVacuous({ boxes, stimulus }: SimResult): string {
  const idle = boxes?.candidates === 0 && (stimulus === undefined || stimulus.choice === 'image')
  return [
    ...(stimulus === undefined ? [' Not counted: what the image exercised.'] : []),
    ...(idle ? [' Vacuous for q_NMS: no candidate reached it.'] : []),
  ].join('')
}

type RedStatus = Exclude<PartStatus, 'exact' | 'before'>

const FATES: Readonly<Record<RedStatus, readonly [one: string, several: string]>> = {
  differs: ['differs', 'differ'],
  failed: ['has no result', 'have no result'],
  unsteady: ['is unsteady', 'are unsteady'],
  notRun: ['did not run', 'did not run'],
}

/** Says `71 of 74 layers were proved before, the first on …`; null if all ran. */
export function describeEvidence(result: SimResult): string | null {
  const { layers, boxes } = result
  const before = partsOf(result).flatMap((part) => (statusOf(part) === 'before' ? [part.evidence!] : []))
  if (before.length === 0) return null
  const since = before.map(({ provedAt }) => provedAt).sort()[0]!
  const when = since.replace('T', ' ').replace(/\.\d+Z/, ' UTC')
  const own = layers.filter((layer) => statusOf(layer) === 'before').length
  const named = [
    ...(own === 0
      ? []
      : [`${own < layers.length ? `${own} of` : own === 1 ? 'the' : 'all'} ${countLayers(layers.length)}`]),
    ...(boxes !== null && statusOf(boxes) === 'before' ? ['the boxes'] : []),
  ].join(' and ')
  const which =
    before.length === partsOf(result).length
      ? `Nothing changed: ${named}`
      : `${named.charAt(0).toUpperCase()}${named.slice(1)}`
  return `${which} ${own === 1 && before.length === 1 ? 'was' : 'were'} proved before, the first on ${when}; the time column names the evidence in cache/evidence. --no-cache runs all.`
}
