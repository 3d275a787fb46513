/** The sentences that say where and why a part is red. */
import { describeBoxes } from '../diff/boxes.ts'
import { describeComparison } from '../diff/compare.ts'
import { FAULT_TITLES, type FaultKind } from '../diff/fault-kinds.ts'
import { isComplete } from '../result/joint-causes.ts'
import { type BoxesResult, type LayerResult, type SeedRecord, statusOf } from '../result/result.ts'
import { formatCount } from './table.ts'

const UNSTEADY =
  'exact now and was red before, with the same RTL and the same inputs: it is unsteady, and counts as red'

/** Describes the result of the boxes. */
export const describeBoxesResult = (boxes: BoxesResult): string =>
  boxes.error ??
  (statusOf(boxes) === 'unsteady'
    ? UNSTEADY
    : `${describeBoxes(boxes)}${boxes.kind == null ? '' : `. ${describeKind(boxes.kind)}`}`)

/**
 * Says where and why a layer is red; returns no lines for an exact layer.
 * @param alike the layer that tells what this one looks like, too
 */
export function describeRedLayer(layer: LayerResult, alike?: string): readonly string[] {
  if (layer.error !== null) return [`${layer.name}: ${layer.error}`]
  if (statusOf(layer) === 'unsteady') return [`${layer.name} is ${UNSTEADY}`]
  const lines: string[] = []
  if (layer.mismatches > 0) lines.push(`${layer.name} ${describeComparison(layer)}`)
  if (layer.kind !== null)
    lines.push(alike === undefined ? describeKind(layer.kind) : `Like ${alike}: ${titleOfKind(layer.kind)}.`)
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

/** What the hardware does instead, if that explains every element; otherwise what the difference looks like. */
export const titleOfKind = ({ name, cause }: FaultKind): string =>
  cause !== undefined && isComplete(cause)
    ? `explained completely by: ${cause.says}`
    : `looks like ${FAULT_TITLES[name]}`

/** What stands below the title: the evidence, or of how many elements the title holds, and what else would do the same. */
export function detailsOfKind({ evidence, cause }: FaultKind): string {
  if (cause === undefined || !isComplete(cause)) return `${capitalise(evidence)}.`
  const others = othersOf(cause).map((says) => ` Or by: ${says}.`)
  return `All ${formatCount(cause.elements)} elements that were compared.${others.join('')}`
}

/** Such as `Looks like off by one: rounding. All 12 wrong elements …`, or a cause and what else would do the same. */
export function describeKind(kind: FaultKind): string {
  const { cause } = kind
  const title = capitalise(titleOfKind(kind))
  if (cause === undefined || !isComplete(cause)) return `${title}. ${detailsOfKind(kind)}`
  const others = othersOf(cause).map((says) => `, or by: ${says}`)
  return `${title}${others.join('')} (all ${formatCount(cause.elements)} that were compared).`
}

/** Causes that give the same: two at the most. */
const othersOf = ({ others = [] }: NonNullable<FaultKind['cause']>): readonly string[] =>
  others.slice(0, 2).map(({ says }) => says)

export const capitalise = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
