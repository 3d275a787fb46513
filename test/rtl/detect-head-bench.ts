import { countAnchors } from '../../src/golden/head-geometry.ts'
import type { IntegerBox, NmsResult } from '../../src/golden/types.ts'
import type { Dut, SimulateOptions } from '../../src/simulate/index.ts'
import { type HeadVector, makeRandom } from '../golden/head-vectors.ts'

/** Parameters of `rtl/detect_head.sv`; A comes from the vector. */
export interface HeadParameters {
  readonly PI: number
  readonly PX: number
  readonly Capacity: number
  readonly MaxDetections: number
  readonly MaxClasses?: number
}

export const detectHeadSources = [
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

/** One beat of the bench's load stream. */
export interface Load {
  readonly what: 0 | 1 | 2
  readonly addr: number
  readonly data: bigint
}

/**
 * Lays a vector out in feature memory as docs/detector.md says, with a gap between blocks, and rubbish in lanes that
 * belong to no channel and in bank words that belong to no pixel.
 */
export function loadHead(vector: HeadVector, { PI, PX }: Pick<HeadParameters, 'PI' | 'PX'>): Load[] {
  const { geometry, head, options, bits } = vector
  const random = makeRandom(77)
  const loads: Load[] = []
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
          let data = 0n
          for (let lane = PI - 1; lane >= 0; lane--) {
            const channel = block * PI + lane
            const real = channel < channels && x < width
            const code = real ? codes[(channel * height + y) * width + x]! : random(2 ** bits)
            data = (data << BigInt(bits)) | BigInt(code)
          }
          const row = base + block * plane + y * pitch + Math.floor(x / (2 * PX))
          loads.push({ what: 0, addr: row * 2 * PX + (x % (2 * PX)), data })
        }
      }
    }
    return { base, plane, pitch }
  }

  const words = new Array<number>(32).fill(0)
  words.splice(0, 8, 5, options.minCode, options.iouThreshold, geometry.levels.length, geometry.classes)
  words[5] = geometry.regMax
  words[6] = Number(options.multiLabel)
  words[7] = options.maxDetections
  geometry.levels.forEach(({ stride, height, width }, level) => {
    const box = place(vector.boxCodes[level]!, 4 * geometry.regMax, height, width)
    const classes = place(vector.classCodes[level]!, geometry.classes, height, width)
    const { plane, pitch } = box
    const size = width | (height << 16)
    words.splice(8 + 6 * level, 6, box.base, classes.base, plane, pitch, size, Math.log2(stride))
  })
  for (const [addr, word] of words.entries()) loads.push({ what: 2, addr, data: BigInt(word) })
  const tables = [...head.expTable, ...head.sigmoidTable]
  for (const [addr, word] of tables.entries()) loads.push({ what: 1, addr, data: BigInt(word) })
  return loads
}

/** The beats of the load stream: one byte, four bytes, 32 bytes. */
export function packLoads(loads: readonly Load[]): Uint8Array {
  const bytes = new Uint8Array(loads.length * 37)
  const view = new DataView(bytes.buffer)
  loads.forEach(({ what, addr, data }, index) => {
    const at = index * 37
    view.setUint8(at, what)
    view.setUint32(at + 1, addr, true)
    for (let word = 0; word < 4; word++) {
      view.setBigUint64(at + 5 + 8 * word, BigInt.asUintN(64, data >> BigInt(64 * word)), true)
    }
  })
  return bytes
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
  await load.sendPacked(packLoads(loads))
  await load.flush({ withinCycles: loads.length + 10 })
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
