/** `rtl/detector_axi.sv` with a network in its ROMs, driven through its buses alone. */
import { isDeepStrictEqual } from 'node:util'
import { type DetectorBoxes, unpackBox } from '../../src/detector/boxes.ts'
import { busParameters, DETECTOR_AXI, detectorOptions, exactParameters } from '../../src/detector/options.ts'
import { splitTaps } from '../../src/detector/taps.ts'
import { compareTensors } from '../../src/diff/compare.ts'
import { detectGeometry } from '../../src/golden/head-geometry.ts'
import { detectSpec } from '../../src/golden/head-spec.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes } from '../../src/golden/types.ts'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { romPaths } from '../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../src/pipeline/roms/write.ts'
import { emitRoms, type RomSet } from '../../src/rom/emit.ts'
import { unpackTensor } from '../../src/rom/pack.ts'
import {
  axiLite,
  type Dut,
  type Registers,
  type SimulateOptions,
  simulate,
} from '../../src/simulate/index.ts'
import { randomImage } from '../golden/random-graph.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { VERILATOR_CACHE } from '../pipeline/shared-data.ts'
import type { Network } from './detector-axi-networks.ts'
import type { DetectorPorts } from './detector-bench.ts'

/** Byte addresses: docs/detector.md, "Registers". */
export const REGISTER = {
  ...{
    id: 0x00,
    version: 0x04,
    lanes: 0x08,
    pixels: 0x0c,
    bits: 0x10,
    control: 0x14,
    status: 0x18,
    pc: 0x1c,
  },
  ...{ cycles: 0x20, boxCount: 0x24, candidateCount: 0x28, imagePixels: 0x2c },
  ...{ interruptEnable: 0x30, interruptStatus: 0x34, first: 0x38, last: 0x3c },
  ...{ imageBase: 0x40, imagePlane: 0x44, imagePitch: 0x48, imageSize: 0x4c, imageFormat: 0x50 },
} as const
export const CONTROL = { start: 1, boxes: 2, keep: 4 } as const
export const STATUS = {
  ...{ busy: 1, done: 2, waiting: 4, running: 8, sending: 16, receiving: 32, complete: 64, overflow: 128 },
  imageError: 1 << 16,
} as const
export const INTERRUPT = { done: 1, error: 2, image: 4, boxes: 8 } as const

export interface AxiPorts {
  rst_ni: number
  readonly interrupt_o: number
  readonly s_axil_bvalid_o: number
  readonly s_axil_rvalid_o: number
  readonly m_axis_boxes_tvalid_o: number
  s_axil_awvalid_i: number
  s_axil_awaddr_i: number
  s_axil_wvalid_i: number
  s_axil_wdata_i: number
  s_axil_wstrb_i: number
  s_axil_bready_i: number
  s_axil_arvalid_i: number
  s_axil_araddr_i: number
  s_axil_rready_i: number
  readonly s_axil_rdata_o: number
}

export interface Bench extends Network {
  readonly dut: Dut<AxiPorts>
  readonly control: Registers
  readonly roms: RomSet
}

export interface BenchOptions
  extends Pick<SimulateOptions, 'seed' | 'randomiseUnknowns' | 'simulator' | 'streams'> {
  /** Probability of a stall on every channel. */
  readonly stalls?: number
  /** Changes the RTL that is simulated. */
  readonly sources?: readonly string[]
  readonly parameters?: Readonly<Record<string, number>>
}

/** The ROMs of a network, and options that open the wrapper with them. */
async function prepare({ graph, engine, nms }: Network, sources?: readonly string[]) {
  const roms = emitRoms(graph, engine, 0x1234abcd, nms)
  const folder = makeFolder()
  await writeRomFiles(folder, roms, 'random')
  const options = {
    ...detectorOptions(roms, sources ?? (await readSourceList()), romPaths(folder)),
    ...{ verilatorFlags: ['--assert'], cacheDir: VERILATOR_CACHE, randomiseUnknowns: true, seed: 7 },
  }
  return { roms, options }
}

/** The wrapper, with nothing at its registers. */
export async function openWrapper(
  network: Network,
  { stalls = 0, sources, parameters, ...more }: BenchOptions = {},
): Promise<Omit<Bench, 'control'>> {
  const { roms, options } = await prepare(network, sources)
  const dut = await simulate<AxiPorts>({
    ...options,
    top: DETECTOR_AXI,
    parameters: { ...exactParameters(roms), ...busParameters(roms), ...parameters },
    ...(stalls > 0 ? { stalls: { probability: stalls, seed: 11 } } : {}),
    ...more,
  })
  return { ...network, dut, roms }
}

export async function openBench(network: Network, options: BenchOptions = {}): Promise<Bench> {
  const wrapper = await openWrapper(network, options)
  return { ...wrapper, control: axiLite(wrapper.dut, 's_axil', { stalls: options.stalls ?? 0 }) }
}

/** The detector by itself, with the network in its ROMs. */
export async function openDetector(network: Network): Promise<Dut<DetectorPorts>> {
  const { options } = await prepare(network)
  return simulate<DetectorPorts>({ ...options, randomiseUnknowns: false })
}

/** A beat a pixel, row by row. */
export function pixelsOf(image: Codes, { graph, engine }: Network): { data: number; last: number }[] {
  const [, height, width] = graph.nodes[0]!.shape
  const count = height * width
  return Array.from({ length: count }, (_, i) => ({
    data: [0, 1, 2].reduce((sum, c) => sum + (image[c * count + i]! << (c * engine.activationBits)), 0),
    last: i === count - 1 ? 1 : 0,
  }))
}

export type Pixel = ReturnType<typeof pixelsOf>[number]

export const sendPixels = ({ dut }: Bench, pixels: readonly Pixel[]): Promise<void> =>
  dut.stream('s_image').send(pixels)

export const sendImage = (bench: Bench, image: Codes): Promise<void> =>
  sendPixels(bench, pixelsOf(image, bench))

/** A picture, its run and its packet: what of it is not as the golden model says. */
export async function runImage(bench: Bench, seed: number): Promise<readonly string[]> {
  const image = randomImage(bench.graph, seed)
  await bench.dut.stream('tap').receivePacked()
  await start(bench)
  await sendImage(bench, image)
  const { error, cancelled, cycles, ...found } = await receivePacket(bench)
  const same = isDeepStrictEqual(found, expectedBoxes(bench, image))
  await idle(bench)
  const red = await redLayers(bench, image)
  return [
    ...red,
    ...(error === 0 && !cancelled && cycles > 0 ? [] : [`error ${error}`]),
    ...(same ? [] : ['boxes']),
  ]
}

export interface Packet extends DetectorBoxes {
  readonly error: number
  readonly cancelled: boolean
  readonly cycles: number
}

/** The next packet of the stream of boxes. */
export async function receivePacket({ dut }: Bench, withinCycles = 2_000_000): Promise<Packet> {
  const beats: { data: bigint; last: number }[] = []
  do {
    const [beat] = await dut.stream('m_boxes').receive(1, { withinCycles })
    beats.push({ data: BigInt(beat!.data!), last: Number(beat!.last) })
  } while (beats.at(-1)!.last === 0)
  const [summary, ...boxes] = beats.map(({ data }) => data) as [bigint, ...bigint[]]
  const field = (low: number, width: number): number => Number(BigInt.asUintN(width, summary >> BigInt(low)))
  if (field(0, 16) !== boxes.length)
    throw new Error(`the summary says ${field(0, 16)} boxes, the packet holds ${boxes.length}`)
  if (field(26, 6) !== 0 || field(96, 32) !== 0) throw new Error(`the summary is ${summary.toString(16)}`)
  return {
    boxes: boxes.map(unpackBox),
    error: field(16, 8),
    overflow: field(24, 1) === 1,
    cancelled: field(25, 1) === 1,
    candidates: field(32, 32),
    cycles: field(64, 32),
  }
}

/** What the boxes of an image must be. */
export function expectedBoxes(
  { graph, nms }: Network,
  image: Codes,
  golden = runSpec(graph, image),
): DetectorBoxes {
  const logits = (of: 'box' | 'cls') => graph.detect.levels.map((level) => golden.get(level[of])!)
  return detectSpec(detectGeometry(graph), graph.head!, logits('box'), logits('cls'), nms)
}

/** Layers of the last run whose words, at the tap, are not those of the image's golden tensors. */
export async function redLayers(
  { dut, roms, graph, engine }: Bench,
  image: Codes,
  golden: ReadonlyMap<string, Codes> = runSpec(graph, image),
): Promise<readonly string[]> {
  const taps = splitTaps(await dut.stream('tap').receivePacked(), engine, 0)
  return roms.steps.flatMap(({ writes, place, name }, pc) => {
    if (writes === null || place === null) return []
    const expected = golden.get(writes)!
    const words = taps.get(pc)
    if (words === undefined) return [`${name} wrote nothing`]
    const { codes, stray, repeated } = unpackTensor(words, expected.length, place, engine)
    const { mismatches } = compareTensors(
      expected,
      codes,
      graph.nodes.find((node) => node.name === writes)!.shape,
    )
    return mismatches + stray + repeated === 0
      ? []
      : [`${name}: ${mismatches} differ, ${stray + repeated} stray or repeated`]
  })
}

/** Lets no beat of a stream through for so many cycles. */
export const SHUT = { pattern: `${'0'.repeat(20_000)}1` }

/** Starts a run that takes a picture and sends its boxes, unless told otherwise. */
export const start = ({ control }: Bench, bits: number = CONTROL.boxes) =>
  control.write(REGISTER.control, CONTROL.start | bits)
export const idle = ({ control }: Bench) =>
  control.poll(REGISTER.status, { mask: STATUS.busy, equals: 0 }, { withinCycles: 1_000_000 })
/** Whether a transfer is answered with SLVERR. */
export const isRefused = (transfer: Promise<unknown>): Promise<boolean> =>
  transfer.then(
    () => false,
    (error: Error) => {
      if (/answered with SLVERR/.test(error.message)) return true
      throw error
    },
  )
