/**
 * Programs for `rtl/detector.sv` made by hand from docs/detector.md, with what they must write: a second reading of the format,
 * beside src/rom/.
 */
import { makeRandom } from '../../src/testing/random.ts'
import {
  accumulate,
  addTensors,
  type ConvSpec,
  codeAt,
  convolve,
  makeTensor,
  poolMax,
  type Tensor,
  upsample,
} from './naive-ops.ts'

export interface Engine {
  readonly PI: number
  readonly PO: number
  readonly PX: number
  readonly WeightBits: number
  readonly ActivationBits: number
  readonly TableBits: number
}

/** Where a tensor lies: docs/detector.md, "Feature memory". */
interface Place {
  readonly base: number
  readonly plane: number
  readonly pitch: number
}

export type Placed = Tensor & Place

export interface Word {
  readonly addr: number
  readonly data: bigint
}

export interface ConvOptions {
  readonly kernel?: number
  readonly stride?: number
  readonly padding?: number
  /** Default true: a random table. */
  readonly table?: boolean
  /** Bits of a result without a table; those of the datapath unless told. */
  readonly bits?: number
  /** Height and width of the result where they are not what padding on all sides gives. */
  readonly outSize?: readonly [number, number]
  readonly into?: Place
}

export const MODEL_ID = 0xcafe1234

/** Collects instructions, ROM contents, and every word that each instruction must write, in order. */
export class Program {
  readonly engine: Engine
  readonly instructions: number[][] = []
  readonly weights: bigint[] = []
  readonly params: bigint[] = [BigInt(MODEL_ID)]
  readonly tables: number[] = []
  readonly host: Word[] = []
  readonly expected: Word[][] = []
  rows = 0
  readonly #random: (n: number) => number

  constructor(engine: Engine, seed: number) {
    this.engine = engine
    this.#random = makeRandom(seed)
  }

  /** Rows for so many blocks; `gap` rows more from block to block. */
  allocate(blocks: number, height: number, width: number, gap = 0): Place {
    const pitch = Math.ceil(width / (2 * this.engine.PX))
    const place = { base: this.rows, plane: height * pitch + gap, pitch }
    this.rows += blocks * place.plane
    return place
  }

  #blocks(channels: number): number {
    return Math.ceil(channels / this.engine.PI)
  }

  #word(t: Placed, block: number, y: number, x: number): Word {
    const { PI, PX, ActivationBits } = this.engine
    let data = 0n
    for (let i = PI - 1; i >= 0; i--)
      data = (data << BigInt(ActivationBits)) | BigInt(codeAt(t, block * PI + i, y, x))
    const row = t.base + block * t.plane + y * t.pitch + Math.floor(x / (2 * PX))
    return { addr: row * 2 * PX + (x % (2 * PX)), data }
  }

  /** The words of a tensor in the order of work: groups, rows, tiles, pixels, blocks of the group. */
  #words(t: Placed, groupBlocks: number): Word[] {
    const words: Word[] = []
    const blocks = this.#blocks(t.channels)
    for (let first = 0; first < blocks; first += groupBlocks)
      for (let y = 0; y < t.height; y++)
        for (let x = 0; x < t.width; x++)
          for (let block = first; block < Math.min(blocks, first + groupBlocks); block++)
            words.push(this.#word(t, block, y, x))
    return words
  }

  #finish(
    tensor: Tensor,
    place: Place,
    groupBlocks: number,
    words: Readonly<Record<number, number>>,
  ): Placed {
    const placed = { ...tensor, ...place }
    this.expected.push(this.#words(placed, groupBlocks))
    this.instructions.push(Array.from({ length: 32 }, (_, k) => (words[k] ?? 0) >>> 0))
    return placed
  }

  #geometry(opcode: number, input: Placed, output: Tensor, place: Place): Record<number, number> {
    return {
      0: opcode,
      1: input.base,
      2: input.plane,
      3: input.pitch,
      4: input.width | (input.height << 16),
      5: this.#blocks(input.channels),
      6: place.base,
      7: place.plane,
      8: place.pitch,
      9: output.width | (output.height << 16),
      10: this.#blocks(output.channels),
    }
  }

  /** A tensor that the host writes. Lanes without a channel hold noise too: nothing may depend on them. */
  image(channels: number, height: number, width: number): Placed {
    const blocks = this.#blocks(channels)
    const tensor = makeTensor(blocks * this.engine.PI, height, width)
    for (let i = 0; i < tensor.codes.length; i++)
      tensor.codes[i] = this.#random(2 ** this.engine.ActivationBits)
    const placed = { ...tensor, ...this.allocate(blocks, height, width) }
    this.host.push(...this.#words(placed, 1))
    return placed
  }

  /** `used`: real channels of the input; weights of the others are zero. */
  conv(input: Placed, used: number, outChannels: number, options: ConvOptions = {}): Placed {
    const { PI, PO, WeightBits, ActivationBits, TableBits } = this.engine
    const { kernel = 1, stride = 1, padding = 0, table = true } = options
    const [outHeight, outWidth] = options.outSize ?? [
      Math.floor((input.height + 2 * padding - kernel) / stride) + 1,
      Math.floor((input.width + 2 * padding - kernel) / stride) + 1,
    ]
    const lanes = this.#blocks(outChannels) * PI
    const limit = 2 ** (WeightBits - 1) - 1
    const bits = table ? TableBits : (options.bits ?? ActivationBits)
    const weight = new Int8Array(lanes * input.channels * kernel * kernel)
    for (let i = 0; i < weight.length; i++) {
      const [o, c] = [
        Math.floor(i / kernel ** 2 / input.channels),
        Math.floor(i / kernel ** 2) % input.channels,
      ]
      if (o < outChannels && c < used) weight[i] = this.#random(2 * limit + 1) - limit
    }
    const draft: ConvSpec = {
      ...{ kernel, stride, padding, outHeight, outWidth, weight, bits, outChannels: lanes },
      padCode: this.#random(2 ** ActivationBits),
      bias: new Int32Array(lanes),
      multiplier: new Uint16Array(lanes),
      shift: new Uint8Array(lanes),
      zero: this.#random(2 ** bits),
      table: table
        ? Uint16Array.from({ length: 2 ** TableBits }, () => this.#random(2 ** ActivationBits))
        : null,
    }
    this.#scale(draft, accumulate(input, draft), outChannels)
    const place = options.into ?? this.allocate(lanes / PI, outHeight, outWidth)
    const bases = { 13: this.weights.length, 14: this.params.length, 15: this.tables.length }
    this.#emit(draft, input.channels / PI)
    if (draft.table) this.tables.push(...draft.table)
    const output = convolve(input, draft)
    return this.#finish(output, place, PO / PI, {
      ...this.#geometry(1, input, output, place),
      ...bases,
      11: kernel | (stride << 8) | (padding << 16),
      12: draft.padCode | (draft.zero << 16),
      16: (table ? 1 : 0) | (bits << 8),
    })
  }

  /** Biases and multipliers that spread the real channels over the whole range of codes, and beyond it a little. */
  #scale(spec: ConvSpec, sums: Float64Array, channels: number): void {
    const pixels = spec.outHeight * spec.outWidth
    for (let o = 0; o < channels; o++) {
      const own = sums.subarray(o * pixels, (o + 1) * pixels)
      const mean = Math.round(own.reduce((a, b) => a + b, 0) / pixels)
      const spread = Math.max(1, ...own.map((sum) => Math.abs(sum - mean)))
      const scale = (0.8 * 2 ** spec.bits) / spread
      const shift = Math.min(47, Math.max(0, 15 - Math.floor(Math.log2(scale))))
      spec.bias[o] = Math.round((2 ** (spec.bits - 1) - spec.zero) / scale) - mean
      spec.shift[o] = shift
      spec.multiplier[o] = Math.min(65535, Math.floor(scale * 2 ** shift))
    }
  }

  #emit(spec: ConvSpec, inBlocks: number): void {
    const { PI, PO, WeightBits } = this.engine
    const { kernel, weight } = spec
    const inChannels = inBlocks * PI
    for (let first = 0; first < spec.outChannels; first += PO) {
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++)
          for (let c = 0; c < inBlocks; c++) {
            let word = 0n
            for (let lane = PO * PI - 1; lane >= 0; lane--) {
              const [o, i] = [first + Math.floor(lane / PI), c * PI + (lane % PI)]
              const w = weight[((o * inChannels + i) * kernel + ky) * kernel + kx] ?? 0
              word = (word << BigInt(WeightBits)) | BigInt(w & (2 ** WeightBits - 1))
            }
            this.weights.push(word)
          }
      let word = 0n
      for (let o = first + PO - 1; o >= first; o--)
        word =
          (word << 64n) |
          (BigInt(spec.shift[o] ?? 0) << 48n) |
          (BigInt(spec.multiplier[o] ?? 0) << 32n) |
          BigInt((spec.bias[o] ?? 0) >>> 0)
      this.params.push(word)
    }
  }

  maxPool(input: Placed, kernel: number): Placed {
    const output = poolMax(input, kernel)
    const place = this.allocate(this.#blocks(output.channels), output.height, output.width, 1)
    const words = { 11: kernel | (1 << 8) | ((kernel >> 1) << 16) }
    return this.#finish(output, place, 1, { ...this.#geometry(3, input, output, place), ...words })
  }

  upsample(input: Placed, factor: 1 | 2): Placed {
    const output = upsample(input, factor)
    const place = this.allocate(this.#blocks(output.channels), output.height, output.width)
    return this.#finish(output, place, 1, {
      ...this.#geometry(4, input, output, place),
      11: 1 | (factor << 8),
    })
  }

  /** @param bits of the result; those of the datapath unless told */
  add(a: Placed, b: Placed, bits = this.engine.ActivationBits): Placed {
    const code = () => this.#random(2 ** this.engine.ActivationBits)
    const spec = {
      multipliers: [1 + this.#random(65535), 1 + this.#random(65535)] as const,
      zeros: [code(), code()] as const,
      zero: this.#random(2 ** bits),
      shift: 15 + this.#random(3),
    }
    const output = addTensors(a, b, spec, bits)
    const place = this.allocate(this.#blocks(output.channels), output.height, output.width)
    return this.#finish(output, place, 1, {
      ...this.#geometry(2, a, output, place),
      16: bits << 8,
      17: b.base,
      18: b.plane,
      19: b.pitch,
      20: spec.multipliers[0] | (spec.multipliers[1] << 16),
      21: spec.shift,
      22: spec.zeros[0] | (spec.zeros[1] << 16),
      23: spec.zero,
    })
  }

  /** The program ROM. */
  words(): number[] {
    const { PI, PO, PX, WeightBits, ActivationBits, TableBits } = this.engine
    const header = [
      ...[0x59415341, 3, PI | (PO << 16), PX | (WeightBits << 16), ActivationBits | (TableBits << 16)],
      ...[MODEL_ID, this.instructions.length, this.rows],
      ...[this.weights.length, this.params.length, this.tables.length],
    ]
    return [...header, ...new Array<number>(32 - header.length).fill(0), ...this.instructions.flat()]
  }
}
