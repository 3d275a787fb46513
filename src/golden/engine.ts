/** The fast twin of `run.ts`: the integer graph on SIMD WebAssembly. */
import { hooksOf, type Profile } from '../arithmetic/profile.ts'
import { paddingCode, profileOf } from './code-range.ts'
import { allocateCodes, checkCodes, countElements } from './codes.ts'
import type { SumPlan } from './engine-accumulator.ts'
import { computeNode, moveCodes, tallySums } from './engine-calls.ts'
import { writeConcatTables } from './engine-concat.ts'
import { type Kernel, type KernelCall, KernelMemory, type SharedKernel } from './engine-kernel.ts'
import { type Layout, planLayout, TALLY_CODES, tallyBytes } from './engine-layout.ts'
import { fillFrame, writeParameters } from './engine-parameters.ts'
import type { KernelWork, Plan } from './engine-plan.ts'
import { writeAddStages } from './engine-stage-parameters.ts'
import { type Tally, tallyStages } from './engine-tally.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from './types.ts'

export type { Tally } from './engine-tally.ts'

export type OnTally = (node: IntegerConv, tally: Tally) => void

export interface EngineRunOptions {
  /** Tensors wanted back; the default is all of them. Every node runs in any case. */
  readonly only?: ReadonlySet<string>
  /** Called after each convolution. Only for an engine that was created with `tallies`. */
  readonly onTally?: OnTally
}

/** Threads that share out the calls of a kernel. */
export interface Crew {
  /** Shares into which a call is cut, at most. */
  readonly shares: number
  /** Makes a call once with each list of arguments, in any order and at the same time, and returns when all are done. */
  run(kernel: SharedKernel, call: KernelCall, shares: readonly (readonly number[])[]): void
}

export interface EngineOptions {
  /** Makes room for accumulators, which `onTally` tells of. */
  readonly tallies?: boolean
  /** Null: the engine computes alone. The codes are the same. */
  readonly crew?: Crew | null
  /** That of an engine which is no longer used; its own unless given. */
  readonly memory?: KernelMemory
}

/**
 * The integer graph on SIMD WebAssembly: the codes of `runSpec`, about a hundred times as fast. It holds one memory for
 * parameters and tensors, which every run uses again; the codes that it returns are fresh arrays.
 * Weights and activations may have up to 16 bits: int16 products are added modulo 2^32, and A-3 says that the sums fit.
 */
export class Engine {
  readonly graph: IntegerGraph
  readonly memoryBytes: number
  readonly #layout: Layout
  readonly #kernel: Kernel
  readonly #memory: SharedArrayBuffer
  readonly #shared: SharedKernel
  readonly #crew: Crew | null
  readonly #nodes: ReadonlyMap<string, IntegerNode>
  readonly #sums = new Map<string, SumPlan>()
  readonly #plan: Plan

  private constructor(
    graph: IntegerGraph,
    { tallies = false, crew: asked = null, memory = new KernelMemory() }: EngineOptions,
  ) {
    this.graph = graph
    // A user's function is known to this thread alone.
    const crew = hooksOf(profileOf(graph)).length > 0 ? null : asked
    this.#crew = crew
    this.#layout = planLayout(graph, tallies, crew?.shares)
    this.#kernel = memory.kernel
    this.#shared = memory.shared
    this.#memory = memory.reserve(this.#layout.totalBytes)
    this.memoryBytes = this.#memory.byteLength
    this.#nodes = new Map(graph.nodes.map((node) => [node.name, node]))
    const profile = profileOf(graph)
    for (const node of graph.nodes) this.#prepare(node, profile)
    const ways = new Map([...this.#sums].map(([name, { way }]) => [name, way] as const))
    this.#plan = { nodes: this.#nodes, layout: this.#layout, profile, ways }
  }

  /** Lays out and loads a graph. Throws an AccumulatorError if A-3 refuses it, a RangeError if it is too large. */
  static create(graph: IntegerGraph, options: EngineOptions = {}): Engine {
    return new Engine(graph, options)
  }

  /**
   * Every tensor of one image by node name, in topological order.
   *
   * @param image codes of the input node, C order [c, h, w]
   * @throws RangeError for an image of another size or with codes that do not fit A bits
   */
  run(image: Codes, options: EngineRunOptions = {}): Map<string, Codes> {
    const steps = this.steps(image, options)
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
  }

  /** The same, one node at a time, for a caller that has something else to do in between. One run at a time. */
  *steps(image: Codes, options: EngineRunOptions = {}): Generator<void, Map<string, Codes>> {
    const results = new Map<string, Codes>()
    for (const node of this.graph.nodes) {
      if (node.op === 'input') this.#write(node, image)
      else this.#compute(node, options.onTally)
      if (options.only?.has(node.name) ?? true) {
        results.set(node.name, node.op === 'input' ? image : this.#read(node))
      }
      yield
    }
    return results
  }

  /**
   * One node on given inputs, in the order of `node.inputs`; an input node gives its codes back. A tensor that the node reads twice must be
   * given the same codes twice.
   */
  runLayer(name: string, inputs: readonly Codes[], onTally?: OnTally): Codes {
    const node = this.#node(name, 'runLayer')
    const sources = node.op === 'input' ? [name] : node.inputs
    if (inputs.length !== sources.length) {
      throw new RangeError(
        `${name}: expected ${sources.length} inputs (${sources.join(', ')}), got ${inputs.length}`,
      )
    }
    for (const [i, source] of sources.entries()) this.#write(this.#node(source, name), inputs[i]!)
    if (node.op !== 'input') this.#compute(node, onTally)
    return this.#read(node)
  }

  #node(name: string, reader: string): IntegerNode {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new RangeError(`${reader}: the graph has no node ${name}`)
    return node
  }

  /** Runs write inside the frames only, so that each is filled once. */
  #prepare(node: IntegerNode, profile: Profile): void {
    const tensor = this.#layout.tensors.get(node.name)!
    fillFrame(this.#memory, tensor, paddingCode(profile, node.quant) - tensor.base)
    const inputs = node.op === 'input' ? [] : node.inputs.map((name) => this.#node(name, node.name))
    if (node.op === 'conv')
      this.#sums.set(
        node.name,
        writeParameters(this.#kernel, this.#memory, node, inputs[0]!, this.#layout, profile),
      )
    else if (node.op === 'add' && this.#layout.stages !== null)
      writeAddStages(this.#memory, node, inputs, this.#layout.stages, profile)
    else if (node.op === 'concat' && profile.concat !== undefined)
      writeConcatTables(this.#memory, node, inputs, this.#layout, profile)
  }

  #write(node: IntegerNode, codes: Codes): void {
    checkCodes(node.name, codes, node.shape, node.quant.bits)
    const wide = codes.BYTES_PER_ELEMENT === 2
    const { staging } = this.#layout
    const view = wide ? new Uint16Array(this.#memory, staging, codes.length) : this.#bytes(codes.length)
    view.set(codes)
    this.#make(moveCodes('pack', node, this.#layout, wide))
  }

  #read(node: IntegerNode): Codes {
    const codes = allocateCodes(countElements(node.shape), node.quant.bits)
    const wide = codes.BYTES_PER_ELEMENT === 2
    this.#make(moveCodes('unpack', node, this.#layout, wide))
    const { staging } = this.#layout
    codes.set(wide ? new Uint16Array(this.#memory, staging, codes.length) : this.#bytes(codes.length))
    return codes
  }

  #bytes(length: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#layout.staging, length)
  }

  #compute(node: Exclude<IntegerNode, { op: 'input' }>, onTally?: OnTally): void {
    if (onTally !== undefined && this.#layout.sums === 0)
      throw new RangeError('onTally: create the engine with { tallies: true }')
    let begins: readonly number[] = []
    const isTallied = node.op === 'conv' && onTally !== undefined
    for (const work of computeNode(node, this.#plan, isTallied)) begins = this.#make(work)
    if (isTallied) onTally(node, this.#tally(node, begins))
  }

  /** @param begins with which row each share of the convolution began */
  #tally(node: IntegerConv, begins: readonly number[]): Tally {
    const plan = this.#sums.get(node.name)!
    if (plan.way !== 'single') return tallyStages(this.#kernel, this.#memory, node, plan, this.#plan, begins)
    const bytes = tallyBytes(node)
    const shares = this.#make(tallySums(node, this.#plan)).map((row) => {
      const at = this.#layout.tallies + row * bytes
      return {
        counts: new Int32Array(this.#memory, at, TALLY_CODES / 4),
        codes: new Uint8Array(this.#memory, at + TALLY_CODES, 2 ** node.requantBits),
      }
    })
    const all = shares.map(({ counts }) => counts)
    const sum = (index: number): number => all.reduce((total, own) => total + own[index]!, 0)
    const codes = shares[0]!.codes.slice()
    for (const { codes: own } of shares.slice(1)) for (let i = 0; i < own.length; i++) codes[i]! |= own[i]!
    return {
      least: Math.min(...all.map(([least]) => least!)),
      most: Math.max(...all.map(([, most]) => most!)),
      tiesAbove: sum(2),
      tiesBelow: sum(5),
      clampedLow: sum(3),
      clampedHigh: sum(4),
      codes,
    }
  }

  /** Makes a call at once, or in shares. @returns with which row or channel each share began. */
  #make({ call, total, unit, argumentsOf }: KernelWork): readonly number[] {
    const shares = Math.min(this.#crew?.shares ?? 1, Math.floor(total / unit))
    if (this.#crew === null || shares < 2) {
      this.#kernel[call](...argumentsOf(0, total, 0))
      return [0]
    }
    const edge = (share: number): number =>
      share === shares ? total : Math.floor((share * total) / shares / unit) * unit
    const begins = Array.from({ length: shares }, (_, i) => edge(i))
    const cut = begins.map((begin, i) => argumentsOf(begin, edge(i + 1) - begin, i))
    this.#crew.run(this.#shared, call, cut)
    return begins
  }
}
