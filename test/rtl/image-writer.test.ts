/** `image_writer` by itself: every picture, at every edge of the memory, against docs/detector.md, "Pictures", cycle by cycle. */
import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { readPorts } from './read-ports.ts'

interface Settings {
  base_i: number
  plane_i: number
  pitch_i: number
  width_i: number
  height_i: number
  space_to_depth_i: number
}

interface Inputs {
  enable_i: number
  changed_i: number
  s_axis_tvalid_i: number
  s_axis_tdata_i: number
  s_axis_tlast_i: number
  consume_i: number
}

interface Outputs {
  readonly s_axis_tready_o: number
  readonly host_valid_o: number
  readonly host_addr_o: number
  readonly host_data_o: number | bigint
  readonly active_o: number
  readonly complete_o: number
  readonly error_o: number
  readonly pixels_o: number
}

interface Shape {
  readonly PI: number
  readonly PX: number
  readonly ActivationBits: number
  readonly FeatureDepth: number
  readonly LineDepth: number
}

/** A picture as the page tells it, a call a cycle. */
class Picture {
  settings: Settings = { base_i: 0, plane_i: 0, pitch_i: 0, width_i: 1, height_i: 1, space_to_depth_i: 0 }
  #phase: 'fill' | 'drain' | 'full' = 'fill'
  #settled = 0
  #taken = 0
  #counted = 0
  #failed = 0
  /** Words on their way to the memory. */
  #words: { readonly addr: number; readonly data: bigint }[] = []
  readonly #codes: bigint[] = []
  readonly #shape: Shape

  constructor(shape: Shape) {
    this.#shape = shape
  }

  reset(): void {
    this.#phase = 'fill'
    this.#settled = 0
    this.#taken = 0
    this.#counted = 0
    this.#failed = 0
    this.#words = []
  }

  /** Whether a part of a picture is there. */
  get isUnderWay(): boolean {
    return this.#taken > 0 || this.#words.length > 0 || this.#phase === 'full'
  }

  /** Whether all of it is in the memory. */
  get isWhole(): boolean {
    return this.#phase === 'full' && this.#words.length === 0
  }

  /** Pixels of a picture that fits its settings. */
  get size(): number {
    const { width_i, height_i, space_to_depth_i } = this.settings
    return width_i * height_i * (space_to_depth_i === 1 ? 4 : 1)
  }

  #take(given: Inputs): boolean {
    const { PI, PX, ActivationBits, FeatureDepth, LineDepth } = this.#shape
    const { base_i, plane_i, pitch_i, width_i, space_to_depth_i } = this.settings
    const side = space_to_depth_i === 1 ? 2 : 1
    const columns = Math.max(1, width_i * side)
    const [px, py] = [this.#taken % columns, Math.floor(this.#taken / columns)]
    const [x, y] = [Math.floor(px / side), Math.floor(py / side)]
    const blocks = Math.ceil(3 / PI)
    const row = base_i + y * pitch_i + Math.floor(x / (2 * PX))
    const hasRoom =
      this.size > 0 && row + (blocks - 1) * plane_i < FeatureDepth && (side === 1 || x < LineDepth)
    const isLast = this.#taken === this.size - 1
    if (!hasRoom || (given.s_axis_tlast_i === 1) !== isLast) return false
    const pixelBits = BigInt(3 * ActivationBits)
    this.#codes[this.#taken] = BigInt(given.s_axis_tdata_i) & ((1n << pixelBits) - 1n)
    if (px % side === side - 1 && py % side === side - 1) {
      // The corners of a word: upper left, upper right, lower left, lower right.
      const corners = side === 1 ? [0] : [-columns - 1, -columns, -1, 0]
      const lanes = corners.reduceRight((all, at) => (all << pixelBits) | this.#codes[this.#taken + at]!, 0n)
      const wordBits = BigInt(PI * ActivationBits)
      for (let block = 0; block < blocks; block++)
        this.#words.push({
          addr: (row + block * plane_i) * 2 * PX + (x % (2 * PX)),
          data: (lanes >> (BigInt(block) * wordBits)) & ((1n << wordBits) - 1n),
        })
    }
    this.#taken = isLast ? 0 : this.#taken + 1
    if (isLast) {
      this.#phase = 'full'
      this.#settled = 0
    }
    return true
  }

  /** What is to be seen with these inputs; then a cycle passes. */
  cycle(given: Inputs): Outputs {
    const phase = this.#phase
    const [word] = this.#words
    const isReady =
      phase === 'drain' ||
      (phase === 'fill' && given.enable_i === 1 && this.#settled === 3 && this.#words.length <= 1)
    const isOffered = given.s_axis_tvalid_i === 1
    const seen = {
      s_axis_tready_o: Number(isReady),
      ...{
        host_valid_o: Number(word !== undefined),
        host_addr_o: word?.addr ?? 0,
        host_data_o: word?.data ?? 0n,
      },
      active_o: Number(
        this.#taken > 0 || word !== undefined || (isOffered && given.enable_i === 1 && phase === 'fill'),
      ),
      complete_o: Number(this.isWhole),
      ...{ error_o: this.#failed, pixels_o: this.#counted },
    }
    this.#failed = 0
    this.#words.shift()
    this.#settled = given.changed_i === 1 ? 0 : Math.min(3, this.#settled + 1)
    if (phase === 'full' && given.consume_i === 1) this.#phase = 'fill'
    if (!isReady || !isOffered) return seen
    this.#counted = phase === 'fill' && this.#taken === 0 ? 1 : this.#counted + 1
    if (phase === 'drain') {
      if (given.s_axis_tlast_i === 1) this.#phase = 'fill'
    } else if (!this.#take(given)) {
      this.#failed = 1
      this.#taken = 0
      this.#settled = 0
      if (given.s_axis_tlast_i === 0) this.#phase = 'drain'
    }
    return seen
  }
}

describe.each<Shape>([
  { PI: 16, PX: 2, ActivationBits: 8, FeatureDepth: 40, LineDepth: 5 },
  { PI: 12, PX: 1, ActivationBits: 5, FeatureDepth: 32, LineDepth: 4 },
  { PI: 3, PX: 4, ActivationBits: 8, FeatureDepth: 17, LineDepth: 4 },
  { PI: 2, PX: 2, ActivationBits: 8, FeatureDepth: 32, LineDepth: 4 },
  { PI: 1, PX: 1, ActivationBits: 6, FeatureDepth: 50, LineDepth: 4 },
])('image_writer, PI $PI, PX $PX, A $ActivationBits', (shape) => {
  test('does in every cycle what the page says, whatever comes when', async () => {
    await using dut = await simulate<Settings & Inputs & Outputs & { rst_ni: number }>({
      ...{
        top: 'image_writer',
        sources: ['rtl/assay_pkg.sv', 'rtl/image_writer.sv'],
        parameters: { ...shape },
      },
      ...{ verilatorFlags: ['--assert'], randomiseUnknowns: true },
    })
    const { ports } = dut
    const random = makeRandom(shape.PI * 8 + shape.PX)
    const one = (of: number): number => Number(random(of) === 0)
    const picture = new Picture(shape)
    const bits = Math.ceil((3 * shape.ActivationBits) / 8) * 8
    const draw = (): Settings => {
      const space_to_depth_i = shape.PI >= 12 ? random(2) : 0
      const most = space_to_depth_i === 1 ? shape.LineDepth + one(4) : 7
      const [width, height] = [one(30) === 1 ? 0 : 1 + random(most), one(30) === 1 ? 0 : 1 + random(5)]
      const pitch_i = Math.ceil(width / (2 * shape.PX)) + one(2) * random(3)
      const plane_i = height * pitch_i + one(2) * random(3)
      const rows =
        (Math.ceil(3 / shape.PI) - 1) * plane_i + (height - 1) * pitch_i + Math.ceil(width / (2 * shape.PX))
      // Mostly at the end of the memory, where the last row is in it, or is the first one behind.
      const base = one(4) === 1 ? random(shape.FeatureDepth) : shape.FeatureDepth - rows + random(3)
      return {
        base_i: one(20) === 1 ? 0xff_ffff : Math.max(0, base),
        plane_i: one(20) === 1 ? 0xff_ffff : plane_i,
        pitch_i: one(20) === 1 ? 0xffff : pitch_i,
        ...{ width_i: width, height_i: height, space_to_depth_i },
      }
    }
    Object.assign(ports, picture.settings, { rst_ni: 0 })
    dut.tick()
    let [sent, length] = [0, 1]
    const met = { complete: 0, refused: 0 }
    for (let cycle = 0; cycle < 20_000; cycle++) {
      const changes = !picture.isUnderWay && sent === 0 && random(12) === 0
      const isReset = random(900) === 0
      ports.rst_ni = isReset ? 0 : 1
      if (isReset) {
        picture.reset()
        sent = 0
      }
      const inputs = {
        ...{ enable_i: 1 - one(8), changed_i: Number(changes), consume_i: picture.isWhole ? one(4) : 0 },
        s_axis_tvalid_i: changes || isReset ? 0 : 1 - one(4),
        ...{ s_axis_tdata_i: random(2 ** bits), s_axis_tlast_i: Number(sent === length - 1) },
      }
      Object.assign(ports, inputs)
      const wanted = picture.cycle(inputs)
      if (isReset) picture.reset()
      const { host_valid_o, host_addr_o, host_data_o } = ports
      const word = host_valid_o === 1 ? { host_addr_o, host_data_o: BigInt(host_data_o) } : {}
      const seen = readPorts(ports, wanted)
      expect({ ...seen, host_addr_o: 0, host_data_o: 0n, ...word }, `cycle ${cycle}`).toEqual(wanted)
      met.complete += wanted.complete_o
      met.refused += wanted.error_o
      dut.tick()
      if (wanted.s_axis_tready_o === 1 && inputs.s_axis_tvalid_i === 1)
        sent = sent === length - 1 ? 0 : sent + 1
      if (changes) {
        picture.settings = draw()
        Object.assign(ports, picture.settings)
      }
      // Most pictures have the length that the settings say.
      const more = random(8) === 0 ? random(3) - 1 : 0
      if (sent === 0) length = picture.size === 0 ? 1 + random(4) : Math.max(1, picture.size + more)
    }
    expect(Math.min(met.complete, met.refused)).toBeGreaterThan(100)
  })
})
