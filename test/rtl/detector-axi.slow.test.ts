/** A whole frame of yolov8n at 640x640 through `detector_axi` with its default array: every tensor, the boxes, the cycles. */
import { expect } from 'vitest'
import { loadTensor, runInstructions } from '../../src/detector/run.ts'
import { Engine } from '../../src/golden/engine.ts'
import { chooseNms } from '../../src/pipeline/model/engine-choice.ts'
import { loadImage } from '../../src/pipeline/model/golden-run.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { largestGroup, memoryImage } from '../../src/rom/weights-image.ts'
import { axiMemory } from '../../src/simulate/index.ts'
import { prepareYolov8n } from '../pipeline/prepared.ts'
import { COCO_IMAGE } from '../pipeline/shared-data.ts'
import { testWith } from '../witness.ts'
import {
  type Bench,
  expectedBoxes,
  idle,
  openBench,
  openDetector,
  REGISTER,
  receivePacket,
  redLayers,
  sendImage,
  start,
} from './detector-axi-bench.ts'

// A memory of q_NMS that nothing clears decides about a cycle or two: all models come up with zeros.
const POWER = { randomiseUnknowns: false }

async function prepareFrame() {
  const graph = (await prepareYolov8n()).prepared.integer
  const engine = { ...DEFAULT_ENGINE, tableBits: 10 }
  const network = { graph, engine, nms: chooseNms(graph, engine) }
  const { codes } = await loadImage(COCO_IMAGE, graph)
  return { network, codes, golden: Engine.create(graph).run(codes) }
}

/** The frame through the bus, with every tensor and all boxes compared. */
async function runFrame(
  bench: Bench,
  { network, codes, golden }: Awaited<ReturnType<typeof prepareFrame>>,
): Promise<{ readonly cycles: number; readonly total: number; readonly beats: number }> {
  const { dut } = bench
  const begin = dut.cycle
  await start(bench)
  await sendImage(bench, codes)
  const { error, cancelled, cycles, ...found } = await receivePacket(bench, 20_000_000)
  const total = dut.cycle - begin
  await idle(bench)
  expect([error, cancelled]).toEqual([0, false])
  expect(found.boxes.length).toBeGreaterThan(0)
  expect(found).toEqual(expectedBoxes(network, codes, golden))
  expect(await redLayers(bench, codes, golden)).toEqual([])
  expect(await bench.control.read(REGISTER.cycles)).toBe(cycles)
  return { cycles, total, beats: 1 + found.boxes.length }
}

testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco'],
  'yolov8n on the bus: exact, in the cycles of the detector and one for each pixel',
  async () => {
    const frame = await prepareFrame()
    const { network, codes } = frame
    const bench = await openBench(network, POWER)
    await using _ = bench.dut
    const { roms } = bench
    const { cycles, total, beats } = await runFrame(bench, frame)

    await using bare = await openDetector(network)
    await loadTensor(bare, codes, roms.placements.get('images')!, network.engine)
    const limits = { withinCycles: 20_000_000, noProgressCycles: 5_000_000, record: false }
    expect(cycles).toBe((await runInstructions(bare, roms, 0, roms.steps.length - 1, limits)).cycles)
    // The order, then a cycle a pixel, the run, and two cycles a beat of boxes.
    expect(total - (640 * 640 + cycles + 2 * beats)).toBeLessThan(20)
  },
)

// docs/detector.md publishes the cycles that a memory adds: its latency is 8 to 40 cycles.
testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco'],
  'yolov8n with its weights in a memory: exact, and hardly a cycle more than with the ROM',
  async () => {
    const frame = await prepareFrame()
    const rom = await openBench(frame.network, POWER)
    const { cycles: without } = await runFrame(rom, frame)
    await rom.dut[Symbol.asyncDispose]()
    const words = 2 * largestGroup(rom.roms.steps)
    expect(words).toBe(288)
    const added: number[] = []
    for (const { bits, room, stalls } of [
      { bits: 128, room: words, stalls: 0 },
      { bits: 64, room: words, stalls: 0 },
      { bits: 32, room: words, stalls: 0 },
      { bits: 64, room: words, stalls: 0.3 },
      { bits: 128, room: words / 2, stalls: 0 },
      { bits: 64, room: words / 2, stalls: 0 },
    ]) {
      const parameters = { WeightsFromMemory: 1, MemoryDataBits: bits, WeightBufferWords: room }
      const bench = await openBench(frame.network, { ...POWER, parameters })
      await using _ = bench.dut
      const bytes = memoryImage(bench.roms.weights)
      const memory = axiMemory(bench.dut, 'm_axi', { bytes, latency: [8, 40], stalls, seed: 1 })
      added.push((await runFrame(bench, frame)).cycles - without)
      expect(memory.counts().readBytes).toBe(bytes.length)
    }
    expect([without, ...added]).toEqual([4_723_458, 75, 139, 267, 176, 15_423, 31_958])
  },
)
