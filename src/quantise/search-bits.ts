/**
 * `--activation-budget`: bits of single scale groups, chosen by a search. First each group alone is given every number of bits while all
 * others have the most: there its own part of the error stands out, and the parts add up. Then all begin with A, and the step is taken that
 * saves the most error for each bit of memory it adds, until the budget is spent: once by the parts as they were measured, once by the
 * curves of theory through them. The better of both is found, or the same bits for all groups where neither is better than those.
 */
import { KernelMemory } from '../golden/engine-kernel.ts'
import type { Codes, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { FloatGraph, FloatNode } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { InputError } from '../input/input-error.ts'
import { countStored, groupBitsOf, meanBits, mostBits } from './activation-bits.ts'
import type { Calibration } from './calibrate.ts'
import { measureNetwork } from './compare-networks.ts'
import { openCrew } from './engine-crew.ts'
import { assembleGraph, createNodeBuilder, nodesInScope, type QuantiseOptions } from './integer-graph.ts'
import type { Observer, Range } from './observers.ts'
import { histogramsOf, listSlots, type RangeSlot, selectRange, slotBitsOf } from './ranges.ts'
import { findScaleGroups } from './scale-groups.ts'
import { type Curve, fitCurve, levelOut, shareOut } from './share-bits.ts'

/** An image at any number of bits, and the float network's tensors for it. */
export interface BitProbe {
  readonly codesOf: (bits: number) => Codes
  /** The tensors of `listOutputTensors`. */
  readonly real: ReadonlyMap<string, Float32Array>
}

export interface BitTask {
  readonly graph: FloatGraph
  readonly calibration: Calibration
  readonly probes: readonly BitProbe[]
  /** Mean bits per stored code, at most. */
  readonly budget: number
  readonly observer: Observer
  /** Observers of single slots, by key. */
  readonly observers: ReadonlyMap<string, Observer>
}

export interface BitSearch {
  /** A of every group that was open, by the group's first tensor. */
  readonly found: ReadonlyMap<string, number>
  /** Mean bits per stored code. */
  readonly mean: number
  /** Errors of the output before the first step and after the last one, as shares of the signal. */
  readonly before: number
  readonly after: number
}

/** @throws InputError where what is decided already takes more than the budget. */
export function checkBudget(graph: FloatGraph, budget: number, options: Omit<QuantiseOptions, 'weightBits'>) {
  const least = meanBits(countStored(graph, nodesInScope(graph, options.scope), options.profile), options)
  if (least > budget + 1e-9)
    throw new InputError(
      `--end-bits and --overrides take ${least.toFixed(3)} bits per activation already, where the rest has ${options.activationBits}: ${budget} are too few.`,
      '--activation-budget',
      'Give a larger budget, or fewer bits to single tensors.',
    )
}

/** Bits of rounding that a mean over all codes may have. */
const ROUNDING = 1e-3

/**
 * @param options A of all groups, and `groupBits` of those that are decided: they keep them
 * @param onProgress after each network that was measured
 */
export async function searchBits(
  task: BitTask,
  options: QuantiseOptions,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<BitSearch> {
  const { graph, probes, budget } = task
  const { activationBits, groupBits: decided = new Map() } = options
  const stored = countStored(graph, nodesInScope(graph, options.scope), options.profile)
  const open = [...stored.keys()].filter((group) => !decided.has(group))
  const trial = new BitTrial(task, options)
  using crew = openCrew(graph)
  const memory = new KernelMemory()
  const most = mostBits(options)
  const runs = 5 + open.length * (most - activationBits)
  let done = 0
  const measure = async (bits: ReadonlyMap<string, number>): Promise<number> => {
    await giveWay()
    const integer = trial.build(bits)
    const images = probes.map(({ codesOf, real }) => ({
      codes: codesOf(integer.nodes[0]!.quant.bits),
      real,
    }))
    const error = await measureNetwork(integer, images, crew, undefined, memory)
    onProgress(++done, runs)
    return error
  }
  const before = await measure(decided)
  const widest = new Map([...decided, ...open.map((group) => [group, most] as const)])
  trial.keep(widest)
  const floor = await measure(widest)
  const measured = new Map<string, Curve>()
  for (const group of open) {
    const curve = new Map([[most, 0]])
    for (let bits = most - 1; bits >= activationBits; bits--) {
      const own = (await measure(new Map(widest).set(group, bits))) - floor
      // What fewer bits seem to gain is chance.
      curve.set(bits, Math.max(own, curve.get(bits + 1)!))
    }
    measured.set(group, curve)
  }
  const total = [...stored.values()].reduce((sum, codes) => sum + codes, 0)
  const room = (budget - meanBits(stored, options)) * total + ROUNDING
  const limits = { least: activationBits, most, room }
  const fitted = new Map([...measured].map(([group, curve]) => [group, fitCurve(curve)]))
  const level = levelOut(open, stored, limits)
  let best: Pick<BitSearch, 'found' | 'after'> = { found: level, after: Number.POSITIVE_INFINITY }
  for (const found of [level, shareOut(measured, stored, limits), shareOut(fitted, stored, limits)]) {
    const after = await measure(new Map([...decided, ...found]))
    if (after < best.after) best = { found, after }
  }
  const groupBits = new Map([...decided, ...best.found])
  return { ...best, before, mean: meanBits(stored, { activationBits, groupBits }) }
}

/** The integer network with any bits of its groups. What differs from the bits that are kept is made anew. */
class BitTrial {
  readonly #task: BitTask
  readonly #options: QuantiseOptions
  readonly #nodes: readonly FloatNode[]
  readonly #groups: ReadonlyMap<string, string>
  readonly #slots: readonly RangeSlot[]
  /** By slot and bits. */
  readonly #ranges = new Map<string, Range>()
  /** By name, and the bits that it was made with. */
  #kept: ReadonlyMap<string, { readonly bits: string; readonly node: IntegerNode }> = new Map()

  constructor(task: BitTask, options: QuantiseOptions) {
    this.#task = task
    this.#options = options
    this.#nodes = nodesInScope(task.graph, options.scope)
    this.#groups = findScaleGroups(task.graph, options.profile)
    this.#slots = listSlots(task.graph, options.profile)
  }

  build(groupBits: ReadonlyMap<string, number>): IntegerGraph {
    const nodes = [...this.#make(groupBits).values()].map(({ node }) => node)
    return assembleGraph(this.#task.graph, nodes, { ...this.#options, groupBits })
  }

  keep(groupBits: ReadonlyMap<string, number>): void {
    this.#kept = this.#make(groupBits)
  }

  #make(groupBits: ReadonlyMap<string, number>) {
    const { graph } = this.#task
    const options = { ...this.#options, groupBits }
    const ranges = new Map(this.#slots.map((slot) => [slot.key, this.#rangeOf(slot, options)]))
    const build = createNodeBuilder(graph, ranges, options)
    const made = this.#nodes.map((node) => {
      const read = node.op === 'input' ? [] : node.inputs
      const bits = [node.name, ...read].map((name) => groupBitsOf(this.#groups.get(name)!, options)).join()
      const kept = this.#kept.get(node.name)
      return [node.name, kept?.bits === bits ? kept : { bits, node: build(node) }] as const
    })
    return new Map(made)
  }

  #rangeOf(slot: RangeSlot, options: QuantiseOptions): Range {
    const key = `${slot.key} ${slotBitsOf(slot, options)}`
    const { calibration, observers, observer } = this.#task
    const own = observers.get(slot.key) ?? observer
    const range = this.#ranges.get(key) ?? selectRange(slot, histogramsOf(slot, calibration), own, options)
    this.#ranges.set(key, range)
    return range
  }
}
