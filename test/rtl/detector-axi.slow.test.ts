/** A whole frame of yolov8n at 640x640 through `detector_axi` with its default array: every tensor, the boxes, the cycles. */
import { expect } from 'vitest'
import { loadTensor, runInstructions } from '../../src/detector/run.ts'
import { Engine } from '../../src/golden/engine.ts'
import { chooseNms } from '../../src/pipeline/model/engine-choice.ts'
import { loadImage } from '../../src/pipeline/model/golden-run.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { prepareYolov8n } from '../pipeline/prepared.ts'
import { COCO_IMAGE } from '../pipeline/shared-data.ts'
import { testWith } from '../witness.ts'
import {
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

testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco'],
  'yolov8n on the bus: exact, in the cycles of the detector and one for each pixel',
  async () => {
    const graph = (await prepareYolov8n()).prepared.integer
    const engine = { ...DEFAULT_ENGINE, tableBits: 10 }
    const network = { graph, engine, nms: chooseNms(graph, engine) }
    const { codes } = await loadImage(COCO_IMAGE, graph)
    const golden = Engine.create(graph).run(codes)
    // A memory of q_NMS that nothing clears decides about a cycle or two: both models come up with zeros.
    const bench = await openBench(network, { randomiseUnknowns: false })
    await using _ = bench.dut
    const { dut, roms } = bench
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

    await using bare = await openDetector(network)
    await loadTensor(bare, codes, roms.placements.get('images')!, engine)
    const limits = { withinCycles: 20_000_000, noProgressCycles: 5_000_000, record: false }
    expect(cycles).toBe((await runInstructions(bare, roms, 0, roms.steps.length - 1, limits)).cycles)
    // The order, then a cycle a pixel, the run, and two cycles a beat of boxes.
    const beats = 1 + found.boxes.length
    expect(total - (640 * 640 + cycles + 2 * beats)).toBeLessThan(20)
  },
  1_800_000,
)
