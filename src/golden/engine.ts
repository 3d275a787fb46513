/** The fast twin of `run.ts`: the integer graph on SIMD WebAssembly. */
import { checkGraphAccumulators } from './accumulator.ts'
import { allocateCodes, checkCodes, countElements } from './codes.ts'
import { instantiateKernel, type Kernel } from './engine-kernel.ts'
import { type Layout, planLayout, sumsBytes } from './engine-layout.ts'
import { writeParameters } from './engine-parameters.ts'
import type { Codes, IntegerAdd, IntegerConcat, IntegerConv, IntegerGraph, IntegerNode } from './types.ts'

/** Accumulators of a convolution, [channel group of 8][y][x][8]; valid until the next node is computed. */
export type OnSums = (node: IntegerConv, sums: Int32Array) => void

export interface EngineRunOptions {
  /** Tensors wanted back; the default is all of them. Every node runs in any case. */
  readonly only?: ReadonlySet<string>
  /** Called after each convolution. Only for an engine that was created with `sums`. */
  readonly onSums?: OnSums
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
  readonly #memory: ArrayBuffer
  readonly #nodes: ReadonlyMap<string, IntegerNode>

  private constructor(graph: IntegerGraph, sums: boolean) {
    this.graph = graph
    this.#layout = planLayout(graph, sums)
    const { kernel, memory } = instantiateKernel(this.#layout.totalBytes)
    this.#kernel = kernel
    this.#memory = memory
    this.memoryBytes = memory.byteLength
    this.#nodes = new Map(graph.nodes.map((node) => [node.name, node]))
    for (const node of graph.nodes) this.#prepare(node)
  }

  /** Lays out and loads a graph. Throws an AccumulatorError if A-3 refuses it, a RangeError if it is too large. */
  static create(graph: IntegerGraph, { sums = false }: { readonly sums?: boolean } = {}): Engine {
    checkGraphAccumulators(graph)
    return new Engine(graph, sums)
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

  /** Padding taps hold the zero point; runs write inside the frame only, so it is filled once. */
  #prepare(node: IntegerNode): void {
    const tensor = this.#layout.tensors.get(node.name)!
    const frame = node.quant.zeroPoint - tensor.base
    new Int16Array(this.#memory, tensor.begin, tensor.bytes / 2).fill(frame)
    if (node.op !== 'conv') return
    const input = this.#layout.tensors.get(node.inputs[0])!
    writeParameters(this.#memory, node, this.#layout.convs.get(node.name)!, input, tensor)
  }

  #write(node: IntegerNode, codes: Codes): void {
    checkCodes(node.name, codes, node.shape, node.quant.bits)
    const { staging, tensors } = this.#layout
    const { base, address, row, pixel } = tensors.get(node.name)!
    const wide = codes.BYTES_PER_ELEMENT === 2
    const View = wide ? Uint16Array : Uint8Array
    new View(this.#memory, staging, codes.length).set(codes)
    this.#kernel.pack(staging, wide ? 1 : 0, base, address, row, pixel, ...node.shape)
  }

  #read(node: IntegerNode): Codes {
    const { staging, tensors } = this.#layout
    const { base, address, row, pixel } = tensors.get(node.name)!
    const codes = allocateCodes(countElements(node.shape), node.quant.bits)
    const wide = codes.BYTES_PER_ELEMENT === 2
    this.#kernel.unpack(staging, wide ? 1 : 0, base, address, row, pixel, ...node.shape)
    const View = wide ? Uint16Array : Uint8Array
    codes.set(new View(this.#memory, staging, codes.length))
    return codes
  }

  #compute(node: Exclude<IntegerNode, { op: 'input' }>, onSums?: OnSums): void {
    const { tensors } = this.#layout
    const [channels, height, width] = node.shape
    const input = tensors.get(node.inputs[0]!)!
    const output = tensors.get(node.name)!
    const to = [output.address, output.row, output.pixel] as const
    switch (node.op) {
      case 'conv':
        this.#convolve(node, onSums)
        return
      case 'add':
        this.#add(node)
        return
      case 'max-pool':
        this.#kernel.maxPool(
          input.address,
          input.row,
          output.address,
          output.row,
          output.pixel,
          height,
          width,
          node.kernel >> 1,
        )
        return
      case 'upsample':
        this.#kernel.copy(input.address, input.row, input.pixel, ...to, 2 * channels, height, width, 2)
        return
      case 'slice':
        this.#kernel.copy(
          input.address + 2 * node.begin,
          input.row,
          input.pixel,
          ...to,
          2 * channels,
          height,
          width,
          1,
        )
        return
      case 'concat':
        this.#concat(node)
        return
    }
  }

  #convolve(node: IntegerConv, onSums?: OnSums): void {
    const input = this.#layout.tensors.get(node.inputs[0])!
    const output = this.#layout.tensors.get(node.name)!
    const at = this.#layout.convs.get(node.name)!
    const corner = input.address - node.padding * (input.row + input.pixel)
    const [, height, width] = node.shape
    const largest = 2 ** node.requantBits - 1
    const { sums } = this.#layout
    if (onSums !== undefined && sums === 0)
      throw new RangeError('onSums: create the engine with { sums: true }')
    // biome-ignore format: in the order of the kernel's parameters
    this.#kernel.conv(
      corner, input.row, input.pixel, node.kernel, at.run,
      at.weights, at.parameters, at.table, node.requantZeroPoint, largest, output.base,
      output.address, output.row, output.pixel, at.groups, height, width, node.stride,
      onSums === undefined ? 0 : sums,
    )
    onSums?.(node, new Int32Array(this.#memory, sums, sumsBytes(node) / 4))
  }

  #add(node: IntegerAdd): void {
    const { tensors } = this.#layout
    const operands = node.inputs.flatMap((name, i) => {
      const { address, row } = tensors.get(name)!
      return [address, row, this.#node(name, node.name).quant.zeroPoint, node.multipliers[i]!]
    })
    const { address, row, pixel, base } = tensors.get(node.name)!
    const largest = 2 ** node.quant.bits - 1
    const lanes = node.shape[2] * (pixel / 2)
    // biome-ignore format: in the order of the kernel's parameters
    this.#kernel.add(
      ...operands,
      address, row, node.quant.zeroPoint, node.shift, largest, base, lanes, node.shape[1],
    )
  }

  #concat(node: IntegerConcat): void {
    const { tensors } = this.#layout
    const { address, row, pixel } = tensors.get(node.name)!
    const [, height, width] = node.shape
    let bytes = 0
    for (const name of node.inputs) {
      const from = tensors.get(name)!
      const part = 2 * this.#node(name, node.name).shape[0]
      this.#kernel.copy(
        from.address,
        from.row,
        from.pixel,
        address + bytes,
        row,
        pixel,
        part,
        height,
        width,
        1,
      )
      bytes += part
    }
  }
}
