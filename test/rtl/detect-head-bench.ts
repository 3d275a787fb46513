import { countAnchors } from '../../src/golden/head-geometry.ts'
import type { IntegerBox, NmsResult } from '../../src/golden/types.ts'
import type { Dut, SimulateOptions } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import type { HeadVector } from '../golden/head-vectors.ts'

/** Parameters of `rtl/detect_head.sv`; A comes from the vector. */
export interface HeadParameters {
  readonly PI: number
  readonly PX: number
  readonly Capacity: number
  readonly MaxDetections: number
  readonly MaxClasses?: number
  readonly MaxLevels?: number
  /** Words of the bench's feature memory. */
  readonly FeatureWords?: number
}

export const detectHeadSources = [
  'rtl/assay_pkg.sv',
  'rtl/clock_gate.sv',
  'rtl/divider.sv',
  'rtl/class_score.sv',
  'rtl/candidate_sort.sv',
  'rtl/box_decode.sv',
  'rtl/q_nms.sv',
  'rtl/detect_head.sv',
  'test/rtl/fixtures/detect_head_bench.sv',
]

export function benchOptions(parameters: HeadParameters, ActivationBits: number): SimulateOptions {
  return {
    top: 'detect_head_bench',
    sources: detectHeadSources,
    parameters: { ...parameters, ActivationBits },
    verilatorFlags: ['--assert'],
  }
}

/** Bytes of a beat of the bench's load stream: what (1), address (4), data (32), little-endian. */
export const loadBytes = 37

/** Fills the bench's load stream, beat by beat. */
class LoadWriter {
  #bytes = new Uint8Array(1 << 16)
  #length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Appends a beat whose data are `values` of so many bits each, the first in the lowest bits. */
  add(what: 0 | 1 | 2, addr: number, values: readonly number[], bits: number): void {
    if (this.#length + loadBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    const at = this.#length
    this.#length += loadBytes
    this.#bytes[at] = what
    for (let byte = 0; byte < 4; byte++) this.#bytes[at + 1 + byte] = addr >>> (8 * byte)
    let place = 8 * (at + 5)
    for (const value of values) {
      for (let done = 0; done < bits; ) {
        const take = Math.min(8 - (place & 7), bits - done)
        this.#bytes[place >> 3]! |= ((value >>> done) & (2 ** take - 1)) << (place & 7)
        done += take
        place += take
      }
    }
  }
}

/**
 * Lays a vector out in feature memory as docs/detector.md says, with a gap between blocks, and rubbish in lanes that
 * belong to no channel and in bank words that belong to no pixel. Returns the beats of the load stream.
 */
export function loadHead(vector: HeadVector, { PI, PX }: Pick<HeadParameters, 'PI' | 'PX'>): Uint8Array {
  const { geometry, head, options, bits } = vector
  const random = makeRandom(77)
  const loads = new LoadWriter()
  const lanes = new Array<number>(PI).fill(0)
  let nextRow = 3
  const place = (codes: Uint8Array, channels: number, height: number, width: number) => {
    const pitch = Math.ceil(width / (2 * PX))
    const plane = height * pitch + 1
    const base = nextRow
    const blocks = Math.ceil(channels / PI)
    nextRow += blocks * plane
    for (let block = 0; block < blocks; block++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < pitch * 2 * PX; x++) {
          for (let lane = 0; lane < PI; lane++) {
            const channel = block * PI + lane
            const real = channel < channels && x < width
            lanes[lane] = real ? codes[(channel * height + y) * width + x]! : random(2 ** bits)
          }
          const row = base + block * plane + y * pitch + Math.floor(x / (2 * PX))
          loads.add(0, row * 2 * PX + (x % (2 * PX)), lanes, bits)
        }
      }
    }
    return { base, plane, pitch }
  }

  const words = new Array<number>(32).fill(0)
  const count = geometry.levels.length | (Number(options.multiLabel) << 16)
  words.splice(0, 5, 5, options.minCode, options.iouThreshold, count, geometry.classes)
  words.splice(5, 2, geometry.regMax, options.maxDetections)
  geometry.levels.forEach(({ stride, height, width }, level) => {
    const box = place(vector.boxCodes[level]!, 4 * geometry.regMax, height, width)
    const classes = place(vector.classCodes[level]!, geometry.classes, height, width)
    const { plane, pitch } = box
    const size = width | (height << 16)
    words.splice(7 + 5 * level, 5, box.base, classes.base, plane, size, pitch | (Math.log2(stride) << 16))
  })
  for (let addr = 0; addr < 32; addr++) loads.add(2, addr, [words[addr]!], 32)
  const tables = [...head.expTable, ...head.sigmoidTable]
  for (const [addr, word] of tables.entries()) loads.add(1, addr, [word], 16)
  return loads.bytes
}

/** A kept box from `box_data_o` of docs/detector.md. */
export function readBox(data: bigint): IntegerBox {
  const field = (low: number, width: number) => Number(BigInt.asUintN(width, data >> BigInt(low)))
  const signed = (low: number) => Number(BigInt.asIntN(16, data >> BigInt(low)))
  return {
    x0: signed(0),
    y0: signed(16),
    x1: signed(32),
    y1: signed(48),
    classIndex: field(64, 16),
    code: field(96, 8),
    score: field(80, 16),
    anchor: field(104, 24),
  }
}

/** The inverse of `readBox`. */
export function packBox({ x0, y0, x1, y1, classIndex, code, score, anchor }: IntegerBox): bigint {
  const corners = [x0, y0, x1, y1].map((corner) => corner & 0xffff)
  const fields = [...corners, classIndex, score, code | ((anchor & 0xff) << 8), anchor >> 8]
  return fields.reduceRight((data, field) => (data << 16n) | BigInt(field), 0n)
}

/** Cycles that a DETECT may take at the most: what a test gives as its deadline. */
export function boundCycles({ geometry, bits, options }: HeadVector, PI: number): number {
  const anchors = countAnchors(geometry)
  const words = anchors * Math.ceil(geometry.classes / PI)
  const scan = words + 20 + (options.multiLabel ? anchors * geometry.classes : 0)
  const boxes = Math.min(options.capacity, anchors * (options.multiLabel ? geometry.classes : 1))
  return 2 * scan + 2 * 2 ** bits + 20 + 130 + boxes * Math.max(130, options.maxDetections + 10)
}

/** Ports of the bench that a test touches. */
export interface HeadPorts {
  start_i: number
  box_addr_i: number
  readonly box_data_o: bigint
  readonly box_count_o: number
  readonly candidate_count_o: number
  readonly overflow_o: number
}

/** Loads the vector, runs DETECT, reads the kept boxes. */
export async function runHead(
  dut: Dut<HeadPorts>,
  vector: HeadVector,
  parameters: HeadParameters,
): Promise<{ readonly result: NmsResult; readonly cycles: number }> {
  const { ports } = dut
  const load = dut.stream('load')
  const loads = loadHead(vector, parameters)
  await load.sendPacked(loads)
  await load.flush({ withinCycles: loads.length / loadBytes + 10 })
  ports.start_i = 1
  dut.tick()
  ports.start_i = 0
  const { cycles } = await dut.run({ until: 'done_o', withinCycles: boundCycles(vector, parameters.PI) })
  const boxes = Array.from({ length: ports.box_count_o }, (_, index) => {
    ports.box_addr_i = index
    dut.tick()
    return readBox(ports.box_data_o)
  })
  const result = { boxes, candidates: ports.candidate_count_o, overflow: ports.overflow_o === 1 }
  return { result, cycles: cycles + 1 }
}
