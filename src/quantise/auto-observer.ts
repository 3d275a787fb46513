/**
 * `--observer auto`: each layer gets the observer whose ranges do the least harm to the network's output. The search is
 * greedy, from the image on: it tries a layer's candidates on whole runs of the integer network, with the choices made so far.
 */

import { Engine } from '../golden/engine.ts'
import { KernelMemory } from '../golden/engine-kernel.ts'
import type { FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import type { Calibration } from './calibrate.ts'
import type { NetworkProbe } from './compare-networks.ts'
import { openCrew } from './engine-crew.ts'
import { buildIntegerGraph, preActivationKey, type QuantiseOptions } from './integer-graph.ts'
import { OBSERVERS, type Observer, type Range } from './observers.ts'
import { listOutputTensors, outputError } from './output-error.ts'
import { histogramsOf, listSlots, type RangeSlot, selectRange } from './ranges.ts'
import { runGently } from './run-gently.ts'

export interface AutoChoice {
  /** The observer of every slot, by key. */
  readonly observers: ReadonlyMap<string, Observer>
  /** Error of the output with each candidate that was run, by slot key, as a share of the signal. */
  readonly costs: ReadonlyMap<string, ReadonlyMap<Observer, number>>
  /** Error of the final choice. */
  readonly error: number
}

/** Where the choice starts. */
const START: Observer = 'mse'
/** Ranges whose ends differ by less than this share are one candidate. */
const SAME = 0.02

export interface ObserverTask {
  readonly graph: FloatGraph
  readonly calibration: Calibration
  readonly probes: readonly NetworkProbe[]
  /** Slots that an override has decided, by key. */
  readonly fixed: ReadonlyMap<string, Observer>
}

export async function chooseObservers(
  { graph, calibration, probes, fixed }: ObserverTask,
  options: QuantiseOptions,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<AutoChoice> {
  const slots = listSlots(graph, options.profile)
  const rangeOf = (slot: RangeSlot, observer: Observer): Range =>
    selectRange(slot, histogramsOf(slot, calibration), observer, options)
  const observers = new Map(slots.map(({ key }) => [key, fixed.get(key) ?? START]))
  const ranges = new Map<string, Range>()
  for (const slot of slots) {
    ranges.set(slot.key, rangeOf(slot, observers.get(slot.key)!))
    await giveWay()
  }
  const wanted = new Set(listOutputTensors(graph, options.scope === 'all' ? 'integer' : 'float'))
  using crew = openCrew(graph)
  const memory = new KernelMemory()
  const measure = (candidate: ReadonlyMap<string, Range>): Promise<number> => {
    const engine = Engine.create(buildIntegerGraph(graph, candidate, options), { crew, memory })
    return run(engine, probes, wanted)
  }
  let error = await measure(ranges)
  const costs = new Map<string, Map<Observer, number>>()
  const layers = groupByLayer(slots, fixed)
  for (const [index, layer] of layers.entries()) {
    const tried: ReadonlyMap<string, Range>[] = [new Map(layer.map(({ key }) => [key, ranges.get(key)!]))]
    const cost = new Map<Observer, number>([[START, error]])
    for (const observer of OBSERVERS) {
      if (observer === START) continue
      const own = new Map(layer.map((slot) => [slot.key, rangeOf(slot, observer)]))
      if (tried.some((one) => isSame(one, own))) continue
      tried.push(own)
      const result = await measure(new Map([...ranges, ...own]))
      cost.set(observer, result)
      if (result >= error) continue
      error = result
      for (const { key } of layer) observers.set(key, observer)
      for (const [key, range] of own) ranges.set(key, range)
    }
    for (const { key } of layer) costs.set(key, cost)
    onProgress(index + 1, layers.length)
  }
  return { observers, costs, error }
}

/** A convolution's pre-activation is chosen together with the tensor that it makes first. Logits are never clipped: no choice there. */
function groupByLayer(slots: readonly RangeSlot[], fixed: ReadonlyMap<string, Observer>): RangeSlot[][] {
  const open = slots.filter(
    ({ key, kind }) => !fixed.has(key) && kind !== 'box-logits' && kind !== 'class-logits',
  )
  const layers = new Map<string, RangeSlot[]>()
  for (const slot of open) {
    const layer = slot.kind === 'pre-activation' ? slot.key : preActivationKey(slot.key)
    const together = layers.get(layer)
    if (together === undefined) layers.set(layer, [slot])
    else together.push(slot)
  }
  return [...layers.values()]
}

function isSame(a: ReadonlyMap<string, Range>, b: ReadonlyMap<string, Range>): boolean {
  return [...a].every(([key, { low, high }]) => {
    const other = b.get(key)!
    const tolerance = SAME * (high - low)
    return Math.abs(other.low - low) <= tolerance && Math.abs(other.high - high) <= tolerance
  })
}

async function run(
  engine: Engine,
  probes: readonly NetworkProbe[],
  wanted: ReadonlySet<string>,
): Promise<number> {
  let sum = 0
  for (const { codes, real } of probes) {
    const made = await runGently(engine, codes, { only: wanted })
    sum += outputError(engine.graph, made, real)
  }
  return sum / probes.length
}
