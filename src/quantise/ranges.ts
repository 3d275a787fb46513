/** From the observations of calibration to the range of every scale group and pre-activation. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { type Activated, activationOf } from '../graph/activation.ts'
import type { FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { type ActivationBits, groupBitsOf } from './activation-bits.ts'
import { leaksOnCodes, readsIndex } from './activation-table.ts'
import type { Calibration } from './calibrate.ts'
import { fitRange, widenRange } from './code-ranges.ts'
import type { Histogram } from './histogram.ts'
import { lastConvolutions, preActivationKey, type Ranges } from './integer-graph.ts'
import { ErrorModel, type Transfer } from './mean-square.ts'
import { type Observer, observe, observeMax, type Range } from './observers.ts'
import { findScaleGroups, requantisesInputs } from './scale-groups.ts'

/** Class logits below this are scores under 0.00001: clipping them costs nothing, clipping the top costs detections. */
export const LOWEST_CLASS_LOGIT = -12

/** One range to choose: tensors that share a scale, or a pre-activation. */
export const SLOT_KINDS = ['tensor', 'pre-activation', 'box-logits', 'class-logits'] as const

export interface RangeSlot {
  /** The scale group's first tensor, or `preActivationKey`. */
  readonly key: string
  readonly kind: (typeof SLOT_KINDS)[number]
  /** The tensors whose histograms count, by their keys in the calibration. */
  readonly members: readonly string[]
  /** Of a pre-activation: the convolution, whose activation weighs errors. */
  readonly activated?: Activated
}

/** Every range that the integer graph needs, in graph order. */
export function listSlots(graph: FloatGraph, profile: Profile = ASSAY): readonly RangeSlot[] {
  const groups = findScaleGroups(graph, profile)
  const classGroup = groups.get(graph.head.levels[0]!.cls)!
  const last = lastConvolutions(graph)
  const slots = new Map<string, RangeSlot & { members: string[] }>()
  /** By tensor, the nodes that made its values. */
  const makers = new Map<string, readonly string[]>()
  for (const node of graph.nodes) {
    if (node.op !== 'conv' && node.op !== 'add') {
      const own = node.op === 'input' ? [node.name] : node.inputs.flatMap((name) => makers.get(name)!)
      makers.set(node.name, [...new Set(own)])
      if (requantisesInputs(node, profile))
        slots.set(node.name, { key: node.name, kind: 'tensor', members: [...new Set(own)] })
      continue
    }
    makers.set(node.name, [node.name])
    if (node.op === 'conv' && readsIndex(node, profile)) {
      const key = preActivationKey(node.name)
      slots.set(key, { key, kind: 'pre-activation', members: [key], activated: node })
    }
    const key = groups.get(node.name)!
    const kind = !last.has(node.name) ? 'tensor' : key === classGroup ? 'class-logits' : 'box-logits'
    const slot = slots.get(key)
    // Where the activation works on codes, they hold what it reads.
    const member = leaksOnCodes(node, profile) ? preActivationKey(node.name) : node.name
    if (slot === undefined) slots.set(key, { key, kind, members: [member] })
    else slot.members.push(member)
  }
  return [...slots.values()]
}

/** Bits of the codes that a range is cut into. */
export interface SlotBits extends ActivationBits {
  readonly tableBits: number
}

/** P of a pre-activation, A of tensors. */
export const slotBitsOf = ({ kind, key }: RangeSlot, bits: SlotBits): number =>
  kind === 'pre-activation' ? bits.tableBits : groupBitsOf(key, bits)

export interface SelectOptions extends SlotBits {
  readonly observer: Observer
  /** An observer of its own for single slots, by key. */
  readonly overrides?: ReadonlyMap<string, Observer>
}

/** What an error of the slot goes through. */
export const transferOf = ({ activated }: Pick<RangeSlot, 'activated'>): Transfer =>
  (activated === undefined ? null : activationOf(activated)) ?? ((value) => value)

/** Histograms of a slot's members. */
export function histogramsOf(slot: RangeSlot, calibration: Calibration): readonly Histogram[] {
  return slot.members.map((name) => {
    const observation = calibration.get(name)
    if (observation === undefined) throw new Error(`calibration has no histogram of ${name}`)
    return observation.histogram
  })
}

/**
 * The range that an observer gives a slot, and codes can have. The head's logits are never clipped at the top, whatever the observer: their
 * rare large values are the detections.
 */
export function selectRange(
  slot: RangeSlot,
  histograms: readonly Histogram[],
  observer: Observer,
  options: SlotBits,
): Range {
  const bits = slotBitsOf(slot, options)
  const { codes } = options.profile ?? ASSAY
  const transfer = transferOf(slot)
  switch (slot.kind) {
    case 'box-logits':
      return widenRange(observeMax(histograms), bits, codes)
    case 'class-logits': {
      const { low, high } = observeMax(histograms)
      return widenRange({ low: Math.max(low, LOWEST_CLASS_LOGIT), high }, bits, codes)
    }
    case 'pre-activation':
    case 'tensor':
      return fitRange(observe(observer, histograms, bits, transfer), bits, codes, () => {
        const model = new ErrorModel(histograms, transfer)
        return ({ low, high }) => model.error(low, high, bits)
      })
  }
}

/** Chooses a range for every slot. */
export async function selectRanges(
  graph: FloatGraph,
  calibration: Calibration,
  options: SelectOptions,
): Promise<Ranges> {
  const ranges = new Map<string, Range>()
  for (const slot of listSlots(graph, options.profile)) {
    const observer = options.overrides?.get(slot.key) ?? options.observer
    ranges.set(slot.key, selectRange(slot, histogramsOf(slot, calibration), observer, options))
    await giveWay()
  }
  return ranges
}
