/** The sentences that tell each fault once: what it is, how far it goes, where it is first seen, and what to type next. */
import { type Extent, extentOf, groupRed, keyOf, type RedGroup } from '../result/diagnosis.ts'
import { explainBoxCommand, explainCommand } from '../result/explain-command.ts'
import { jointCauses, withCause } from '../result/joint-causes.ts'
import { isRed, type LayerResult, type SimResult, type StimulusResult, statusOf } from '../result/result.ts'
import { ranBehind } from '../stimulus/names.ts'
import { describeRedLayer } from './red-layer.ts'
import { LEFT_BEHIND } from './stimulus.ts'
import { formatCount } from './table.ts'

export interface Diagnosis {
  /** What all red layers have in common, and what became of the others. */
  readonly summary: readonly string[]
  /** Each fault, with its layers in the order of the network. */
  readonly faults: readonly Fault[]
  /** Faults that are not among these, and their layers. */
  readonly left: string | null
  /** A command for a shell; null if none shows more. */
  readonly command: string | null
}

export interface Fault {
  readonly layers: RedGroup
  /** Place and codes of its first layer, what it looks like, how many are likewise. */
  readonly lines: readonly string[]
}

/** Faults that are told in full. */
const MOST_FAULTS = 3

export function diagnose(result: SimResult): Diagnosis {
  const all = groupRed(result.layers, result.mode)
  const began = all.filter(([first]) => statusOf(first) !== 'notRun')
  // What did not run says nothing but why: that what ran has told.
  const groups = began.length === 0 ? all : began
  const red = groups.flat()
  const [first] = groups
  return {
    summary: red.length === 0 ? [] : summarise(red, result),
    faults: groups.slice(0, MOST_FAULTS).map((layers) => ({ layers, lines: tellGroup(layers) })),
    left: countLeft(groups.slice(MOST_FAULTS)),
    command: first === undefined ? explainBoxCommand(result) : explainCommand(first[0], result),
  }
}

/** Faults that only generated stimulus shows. */
export function diagnoseStimulus(
  stimulus: StimulusResult,
  layers: readonly LayerResult[],
): readonly string[] {
  const causes = jointCauses([...layers, ...stimulus.red])
  const own = (layer: LayerResult) => keyOf(layer, causes.get(layer)) ?? layer
  const known = new Set(layers.filter(isRed).map(own))
  const groups = groupRed(stimulus.red, undefined, causes).filter(([first]) => !known.has(own(first)))
  const left = countLeft(groups.slice(MOST_FAULTS))
  const same = stimulus.red.length - groups.flat().length
  const isLeft =
    !layers.some(isRed) && stimulus.red.length > 0 && stimulus.red.every(({ name }) => ranBehind(name))
  return [
    ...(isLeft ? [LEFT_BEHIND] : []),
    ...(same === 0 ? [] : ['It differs as the image does.']),
    ...groups.slice(0, MOST_FAULTS).flatMap(tellGroup),
    ...(left === null ? [] : [left]),
    ...(groups.length > 0 && stimulus.redTensors > stimulus.red.length
      ? [`That is of the first ${stimulus.red.length} of ${stimulus.redTensors} tensors that differ.`]
      : []),
  ]
}

/** Every fault, where there is room for all. */
export const tellFaults = (layers: readonly LayerResult[], mode?: SimResult['mode']): readonly Fault[] =>
  groupRed(layers, mode).map((own) => ({ layers: own, lines: tellGroup(own) }))

/** The layer that tells in full what a red layer looks like, too; undefined of the one that tells it. */
export const tellersOf = (
  layers: readonly LayerResult[],
  mode?: SimResult['mode'],
): ReadonlyMap<LayerResult, string> =>
  new Map(
    groupRed(layers, mode).flatMap(([first, ...others]) =>
      others.map((layer) => [layer, first.name] as const),
    ),
  )

function tellGroup(group: RedGroup): readonly string[] {
  const [first, ...others] = group
  const cause = jointCauses(group).get(first)
  const ops = countOps(others).map(([op, count]) => `${count} more ${nameOp(op, count)}`)
  return [
    ...describeRedLayer(withCause(first, cause)),
    ...(cause === undefined || others.length === 0 ? [] : [sumCause(group)]),
    ...(others.length === 0 ? [] : [`Likewise: ${join(ops)}.`]),
  ]
}

function sumCause(layers: RedGroup): string {
  const causes = layers.flatMap(({ kind }) => kind?.cause ?? [])
  const sum = (of: 'explained' | 'elements') => formatCount(causes.reduce((all, own) => all + own[of], 0))
  return `It explains ${sum('explained')} of ${sum('elements')} elements in ${layers.length} layers.`
}

function countLeft(groups: readonly RedGroup[]): string | null {
  const layers = groups.flat().length
  if (layers === 0) return null
  return `… and ${layers} more layer${layers === 1 ? '' : 's'} with ${groups.length === 1 ? 'another fault' : `${groups.length} other faults`}; report.json explains each.`
}

function summarise(red: readonly LayerResult[], result: SimResult): readonly string[] {
  const { layers } = result
  if (layers.length === 1) return []
  const extent = extentOf(red, result)
  const common = red.length === layers.length ? null : describeCommon(extent)
  return [
    `Red: ${describeExtent(extent)}${common === null ? '.' : `: ${common}.`}`,
    ...describeFates(red, result),
  ]
}

/** `63 of 63 convolutions, none of 11 others`. */
export function describeExtent({ operators, others }: Extent): string {
  const own = operators.map(({ op, red, all }) => `${red} of ${all} ${nameOp(op, all)}`)
  const ran = others.red + others.exact
  return [
    ...own,
    ...(ran === 0
      ? []
      : [`${others.red === 0 ? 'none' : others.red} of ${ran} other${ran === 1 ? '' : 's'}`]),
  ].join(', ')
}

/** Where the fault is to be sought; null if nothing divides the red layers from the exact ones. */
export function describeCommon({ common, operators }: Extent): string | null {
  const names = join(operators.map(({ op }) => nameOp(op, 2)))
  switch (common?.kind) {
    case undefined:
      return null
    case 'operators':
      return `the fault is in what only ${names} use`
    case 'first':
      return 'only the first layer'
    case 'from':
      return `all from ${common.layer} on, which takes its fault along`
    case 'traits': {
      const traits = join(common.traits)
      if (common.exact === 0) return `exactly the ${names} ${traits}`
      return `all ${traits}, as ${common.exact === 1 ? 'is 1 that is' : `are ${common.exact} that are`} exact`
    }
  }
}

/** After a failure: what became of the layers that did not fail. */
function describeFates(red: readonly LayerResult[], { layers }: SimResult): readonly string[] {
  if (!red.some((layer) => statusOf(layer) === 'failed')) return []
  const others = layers.filter((layer) => !red.includes(layer))
  const exact = others.filter((layer) => !isRed(layer)).length
  const notRun = others.length - exact
  if (others.length === 0) return []
  const fates = [
    ...(exact === 0 ? [] : [`${exact} ${exact === 1 ? 'is' : 'are'} exact`]),
    ...(notRun === 0 ? [] : [`${notRun} did not run`]),
  ]
  return [`Of the other layers, ${fates.join(', ')}.`]
}

const NAMES: Readonly<Record<string, readonly [one: string, several: string]>> = {
  conv: ['convolution', 'convolutions'],
  add: ['addition', 'additions'],
  'max-pool': ['max-pool', 'max-pools'],
  upsample: ['upsampling', 'upsamplings'],
  concat: ['concat', 'concats'],
  slice: ['slice', 'slices'],
}

const nameOp = (op: string, count: number): string => NAMES[op]?.[count === 1 ? 0 : 1] ?? op

const countOps = (layers: readonly LayerResult[]): readonly (readonly [op: string, count: number])[] =>
  [...new Set(layers.map(({ op }) => op))].map((op) => [op, layers.filter((layer) => layer.op === op).length])

const join = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
