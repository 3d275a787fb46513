import { allocateCodes, countElements } from '../../src/golden/codes.ts'
import type { Codes, IntegerConv, IntegerGraph, IntegerNode, QuantParams } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'
import { createRandom, type Random } from './random.ts'

export interface RandomGraphOptions {
  readonly seed: number
  /** Shape of the image; 3 x 20 x 20 unless told. */
  readonly shape?: Shape
  /** W, A and P; 8 unless told. P null: no tables. */
  readonly weightBits?: number
  readonly activationBits?: number
  readonly tableBits?: number | null
  /** A of a tensor by its name, of those that pass no codes on; `activationBits` unless told. */
  readonly bitsOf?: (tensor: string) => number
}

export interface RandomConvOptions {
  readonly channels: number
  readonly kernel?: number
  readonly stride?: number
  readonly padding?: number
  /** false: the requantised code is the output, as in the head's last convolutions. */
  readonly table?: boolean
  /** Zero point of the output; random unless told. Tensors that meet in a concat share one. */
  readonly zeroPoint?: number
}

/** How a tensor's codes are spread: enough to choose multipliers that use the whole range of the next one. */
interface Spread {
  readonly mean: number
  readonly deviation: number
}

/**
 * Builds integer graphs with random parameters whose codes use their whole range. Multipliers are chosen from the expected
 * mean and deviation of the accumulator, and tables are random rather than smooth, so that a pre-activation that is wrong by one
 * gives a wrong code.
 */
export class RandomGraphMaker {
  readonly random: Random
  readonly #options: Required<RandomGraphOptions>
  readonly #nodes: IntegerNode[] = []
  readonly #spreads = new Map<string, Spread>()

  constructor(options: RandomGraphOptions) {
    const { activationBits = 8 } = options
    this.#options = {
      ...{ shape: [3, 20, 20], weightBits: 8, activationBits, tableBits: 8, bitsOf: () => activationBits },
      ...options,
    }
    this.random = createRandom(options.seed)
    const quant = { ...this.#quant('images', 0), scale: 1 / this.#top('images') }
    this.#push({ op: 'input', name: 'images', shape: this.#options.shape, quant }, UNIFORM)
  }

  conv(name: string, from: string, options: RandomConvOptions): string {
    const { channels, kernel = 1, stride = 1, padding = kernel >> 1 } = options
    const input = this.#find(from)
    const [inChannels, height, width] = input.shape
    const size = (x: number) => Math.floor((x + 2 * padding - kernel) / stride) + 1
    const { weightBits, tableBits } = this.#options
    const withTable = options.table !== false && tableBits !== null
    const quant = this.#quant(name, options.zeroPoint ?? this.random.integer(0, this.#top(name)))
    const requantBits = withTable ? tableBits : quant.bits
    const shape: Shape = [channels, size(height), size(width)]
    const taps = inChannels * kernel * kernel
    const base = {
      op: 'conv' as const,
      name,
      inputs: [from] as const,
      shape,
      quant,
      inChannels,
      kernel,
      stride,
      padding,
    }
    const requantZeroPoint = withTable ? this.random.integer(0, 2 ** requantBits - 1) : quant.zeroPoint
    this.#push(
      {
        ...base,
        weightBits,
        ...this.#parameters(channels, taps, this.#read(from), requantBits, requantZeroPoint),
        requantBits,
        requantZeroPoint,
        requantScale: 1 / 32,
        table: withTable ? this.#table(requantBits, quant.bits) : null,
      },
      withTable ? UNIFORM : { mean: 0.5, deviation: 0.25 },
    )
    return name
  }

  /** The zero point of the sum, unless told, brings its mean near the middle of the range. */
  add(name: string, a: string, b: string, zeroPoint?: number): string {
    const [first, second] = [this.#find(a), this.#find(b)]
    const shift = 16 - this.random.integer(0, 6)
    const parts = [0.7 + this.random.next() / 5, 0.4 + this.random.next() / 5] as const
    const multiplierA = Math.round(2 ** shift * parts[0])
    const multiplierB = Math.round(2 ** shift * parts[1])
    const top = this.#top(name)
    const gainA = multiplierA / 2 ** shift
    const gainB = multiplierB / 2 ** shift
    const middleOf = ({ quant }: IntegerNode): number => (2 ** quant.bits - 1) / 2
    const mean =
      (middleOf(first) - first.quant.zeroPoint) * gainA + (middleOf(second) - second.quant.zeroPoint) * gainB
    const central = Math.min(top, Math.max(0, Math.round(top / 2 - mean)))
    const multipliers = [multiplierA, multiplierB] as const
    const quant = this.#quant(name, zeroPoint ?? central)
    this.#push({ op: 'add', name, inputs: [a, b], shape: first.shape, quant, multipliers, shift }, UNIFORM)
    return name
  }

  slice(name: string, from: string, begin: number, channels: number): string {
    const { shape, quant } = this.#find(from)
    const cut: Shape = [channels, shape[1], shape[2]]
    this.#push({ op: 'slice', name, inputs: [from], shape: cut, quant, begin }, this.#spreads.get(from)!)
    return name
  }

  concat(name: string, inputs: readonly string[]): string {
    const parts = inputs.map((input) => this.#find(input))
    const { shape, quant } = parts[0]!
    if (parts.some((part) => part.quant.zeroPoint !== quant.zeroPoint || part.quant.bits !== quant.bits))
      throw new Error(`${name}: zero points or bits differ`)
    const channels = parts.reduce((sum, part) => sum + part.shape[0], 0)
    this.#push({ op: 'concat', name, inputs, shape: [channels, shape[1], shape[2]], quant }, UNIFORM)
    return name
  }

  maxPool(name: string, from: string, kernel = 5): string {
    const { shape, quant } = this.#find(from)
    this.#push({ op: 'max-pool', name, inputs: [from], shape, quant, kernel }, { mean: 0.9, deviation: 0.1 })
    return name
  }

  upsample(name: string, from: string): string {
    const { shape, quant } = this.#find(from)
    const doubled: Shape = [shape[0], 2 * shape[1], 2 * shape[2]]
    this.#push({ op: 'upsample', name, inputs: [from], shape: doubled, quant }, this.#spreads.get(from)!)
    return name
  }

  zeroPoint(name: string): number {
    return this.#find(name).quant.zeroPoint
  }

  graph(levels: IntegerGraph['detect']['levels'] = []): IntegerGraph {
    const { weightBits, activationBits } = this.#options
    const detect = { name: 'detect', levels, regMax: 16, classes: [] }
    return { nodes: this.#nodes, detect, head: null, aliases: new Map(), weightBits, activationBits }
  }

  /** The largest code of a tensor. */
  #top(name: string): number {
    return 2 ** this.#options.bitsOf(name) - 1
  }

  #quant(name: string, zeroPoint: number): QuantParams {
    return { scale: 1 / 16, zeroPoint, bits: this.#options.bitsOf(name) }
  }

  /** What a convolution reads: how the codes are spread, and the largest. */
  #read(from: string): Spread & { readonly codes: number } {
    return { ...this.#spreads.get(from)!, codes: 2 ** this.#find(from).quant.bits - 1 }
  }

  #find(name: string): IntegerNode {
    const node = this.#nodes.find((candidate) => candidate.name === name)
    if (node === undefined) throw new Error(`no tensor ${name}`)
    return node
  }

  #push(node: IntegerNode, spread: Spread): void {
    this.#nodes.push(node)
    this.#spreads.set(node.name, spread)
  }

  #table(bits: number, outputBits: number): Codes {
    const table = allocateCodes(2 ** bits, outputBits)
    return table.map(() => this.random.integer(0, 2 ** outputBits - 1))
  }

  /** Weights of the whole range that A-3 allows; a bias and a multiplier that spread the accumulator over the codes. */
  #parameters(
    channels: number,
    taps: number,
    input: Spread & { readonly codes: number },
    requantBits: number,
    zeroPoint: number,
  ): Pick<IntegerConv, 'weight' | 'weightScale' | 'bias' | 'multiplier' | 'shift'> {
    const { codes } = input
    const limit = Math.min(2 ** (this.#options.weightBits - 1) - 1, Math.floor(2 ** 30 / codes / taps))
    const weight = limit > 127 ? new Int16Array(channels * taps) : new Int8Array(channels * taps)
    const bias = new Int32Array(channels)
    const multiplier = new Uint16Array(channels)
    const shift = new Uint8Array(channels)
    const range = 2 ** requantBits
    for (let o = 0; o < channels; o++) {
      let sum = 0
      let squares = 0
      for (let i = o * taps; i < (o + 1) * taps; i++) {
        const w = this.random.integer(-limit, limit)
        weight[i] = w
        sum += w
        squares += w * w
      }
      const deviation = Math.max(1, Math.sqrt(squares) * input.deviation * codes)
      const ratio = (range / 4 / deviation) * (0.7 + 0.6 * this.random.next())
      const exponent = Math.min(47, Math.max(0, 15 - Math.floor(Math.log2(ratio))))
      shift[o] = exponent
      multiplier[o] = Math.min(65535, Math.round(ratio * 2 ** exponent))
      // The mean of the pre-activation comes to lie at the middle of the range, whatever the zero point.
      bias[o] = Math.round((range / 2 - zeroPoint) / ratio - input.mean * codes * sum)
    }
    return { weight, weightScale: new Float64Array(channels).fill(1 / 64), bias, multiplier, shift }
  }
}

const UNIFORM: Spread = { mean: 0.5, deviation: 0.29 }

/** Codes over the whole range, for the graph's input. */
export function randomImage(graph: IntegerGraph, seed: number): Codes {
  const { shape, quant } = graph.nodes[0]!
  const random = createRandom(seed)
  return allocateCodes(countElements(shape), quant.bits).map(() => random.integer(0, 2 ** quant.bits - 1))
}

/** One convolution after the image. */
export function randomConvGraph(options: RandomGraphOptions, conv: RandomConvOptions): IntegerGraph {
  const maker = new RandomGraphMaker(options)
  maker.conv('conv', 'images', conv)
  return maker.graph()
}

/** A small network with every operator, odd channel counts, and the joints of YOLOv8: C2f, SPPF, upsampling, a last 1x1. */
export function randomGraph(options: RandomGraphOptions): IntegerGraph {
  const maker = new RandomGraphMaker(options)
  maker.conv('stem', 'images', { channels: 9, kernel: 3, stride: 2 })
  const split = maker.conv('split', 'stem', { channels: 14 })
  const half = maker.slice('chunk', split, 7, 7)
  maker.conv('cv1', half, { channels: 5, kernel: 3 })
  maker.conv('cv2', 'cv1', { channels: 7, kernel: 3 })
  const sum = maker.add('shortcut', half, 'cv2')
  const joined = maker.conv('joined', sum, { channels: 3, zeroPoint: maker.zeroPoint(split) })
  maker.concat('c2f', [split, joined])
  const deep = maker.conv('deep', 'c2f', { channels: 33, kernel: 3, stride: 2 })
  const pools = [deep]
  for (const i of [1, 2, 3]) pools.push(maker.maxPool(`pool${i}`, pools[i - 1]!))
  maker.concat('sppf', pools)
  const up = maker.upsample(
    'up',
    maker.conv('neck', 'sppf', { channels: 17, zeroPoint: maker.zeroPoint(split) }),
  )
  if (isEven(maker.graph(), 'joined')) maker.concat('route', [up, joined])
  else maker.conv('route', up, { channels: 8, kernel: 3 })
  // A tensor read with padding first and without it after.
  maker.conv('branch', 'route', { channels: 6, kernel: 3 })
  maker.conv('logits', 'route', { channels: 11, table: false })
  return maker.graph()
}

function isEven(graph: IntegerGraph, name: string): boolean {
  const { shape } = graph.nodes.find((node) => node.name === name)!
  return shape[1] % 2 === 0 && shape[2] % 2 === 0
}
