/** The fast twin of `run.ts`: the integer graph on SIMD WebAssembly. */
import { allocateCodes, checkCodes, countElements } from './codes.ts'
import { computeNode, type KernelWork, moveCodes } from './engine-calls.ts'
import { type Kernel, type KernelCall, KernelMemory, type SharedKernel } from './engine-kernel.ts'
import { type Layout, planLayout, sumsBytes } from './engine-layout.ts'
import { fillFrame, writeParameters } from './engine-parameters.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode } from './types.ts'

/** Accumulators of a convolution, [channel group of 8][y][x][8]; valid until the next node is computed. */
export type OnSums = (node: IntegerConv, sums: Int32Array) => void

export interface EngineRunOptions {
  /** Tensors wanted back; the default is all of them. Every node runs in any case. */
  readonly only?: ReadonlySet<string>
  /** Called after each convolution. Only for an engine that was created with `sums`. */
  readonly onSums?: OnSums
}

/** Threads that share out the calls of a kernel. */
export interface Crew {
  /** Shares into which a call is cut, at most. */
  readonly shares: number
  /** Makes a call once with each list of arguments, in any order and at the same time, and returns when all are done. */
  run(kernel: SharedKernel, call: KernelCall, shares: readonly (readonly number[])[]): void
}

export interface EngineOptions {
  /** Makes room for accumulators, which `onSums` sees. */
  readonly sums?: boolean
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

  private constructor(
    graph: IntegerGraph,
    { sums = false, crew = null, memory = new KernelMemory() }: EngineOptions,
  ) {
    this.graph = graph
    this.#crew = crew
    this.#layout = planLayout(graph, sums)
    this.#kernel = memory.kernel
    this.#shared = memory.shared
    this.#memory = memory.reserve(this.#layout.totalBytes)
    this.memoryBytes = this.#memory.byteLength
    this.#nodes = new Map(graph.nodes.map((node) => [node.name, node]))
    for (const node of graph.nodes) this.#prepare(node)
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
      else this.#compute(node, options.onSums)
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
  runLayer(name: string, inputs: readonly Codes[], onSums?: OnSums): Codes {
    const node = this.#node(name, 'runLayer')
    const sources = node.op === 'input' ? [name] : node.inputs
    if (inputs.length !== sources.length) {
      throw new RangeError(
        `${name}: expected ${sources.length} inputs (${sources.join(', ')}), got ${inputs.length}`,
      )
    }
    for (const [i, source] of sources.entries()) this.#write(this.#node(source, name), inputs[i]!)
    if (node.op !== 'input') this.#compute(node, onSums)
    return this.#read(node)
  }

  #node(name: string, reader: string): IntegerNode {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new RangeError(`${reader}: the graph has no node ${name}`)
    return node
  }

  /** Runs write inside the frames only, so that each is filled once. */
  #prepare(node: IntegerNode): void {
    const tensor = this.#layout.tensors.get(node.name)!
    fillFrame(this.#memory, tensor, node.quant.zeroPoint - tensor.base)
    if (node.op !== 'conv') return
    writeParameters(this.#kernel, this.#memory, node, this.#node(node.inputs[0], node.name), this.#layout)
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

  #compute(node: Exclude<IntegerNode, { op: 'input' }>, onSums?: OnSums): void {
    const { sums } = this.#layout
    if (onSums !== undefined && sums === 0)
      throw new RangeError('onSums: create the engine with { sums: true }')
    const keep = node.op === 'conv' && onSums !== undefined
    for (const work of computeNode(node, this.#nodes, this.#layout, keep)) this.#make(work)
    if (keep) onSums(node, new Int32Array(this.#memory, sums, sumsBytes(node) / 4))
  }

  /** Makes a call at once, or in shares. */
  #make({ call, total, unit, argumentsOf }: KernelWork): void {
    const shares = Math.min(this.#crew?.shares ?? 1, Math.floor(total / unit))
    if (this.#crew === null || shares < 2) {
      this.#kernel[call](...argumentsOf(0, total))
      return
    }
    const edge = (share: number): number =>
      share === shares ? total : Math.floor((share * total) / shares / unit) * unit
    const cut = Array.from({ length: shares }, (_, i) => argumentsOf(edge(i), edge(i + 1) - edge(i)))
    this.#crew.run(this.#shared, call, cut)
  }
}
