/** `detector_axi` through its buses: pictures in, boxes out, and everything that a user may do wrong. */
import { describe, expect, test } from 'vitest'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { headGraph } from '../golden/head-graph.ts'
import { randomImage } from '../golden/random-graph.ts'
import {
  type Bench,
  CONTROL,
  expectedBoxes,
  INTERRUPT,
  type Network,
  openBench,
  pixelsOf,
  REGISTER,
  receivePacket,
  redLayers,
  STATUS,
  sendImage,
} from './detector-axi-bench.ts'

const nms = { minCode: 20, iouThreshold: 900, capacity: 12, maxDetections: 5, multiLabel: false }
const array = (lanes: number, pixels: number, bits = 8) => ({
  ...{ ...DEFAULT_ENGINE, inputLanes: lanes, outputLanes: lanes, pixels, capacity: 12, maxDetections: 5 },
  ...{ activationBits: bits, tableBits: bits },
})
/** A word holds one pixel, four (space-to-depth), or a third of one. */
const PLAIN: Network = { graph: headGraph([3, 5, 7], 3), engine: array(4, 2), nms }
const FOLDED: Network = { graph: headGraph([3, 6, 10], 3, { stemStride: 2 }), engine: array(16, 2), nms }
const THIRDS: Network = { graph: headGraph([3, 4, 6], 2, { bits: 5 }), engine: array(1, 1, 5), nms: { ...nms, minCode: 4 } } // biome-ignore format: a network a line
const HALVES: Network = { graph: headGraph([3, 3, 5], 2, { bits: 6 }), engine: array(2, 4, 6), nms: { ...nms, minCode: 9 } } // biome-ignore format: a network a line

const start = ({ control }: Bench, bits: number = CONTROL.boxes) =>
  control.write(REGISTER.control, CONTROL.start | bits)
const idle = ({ control }: Bench) =>
  control.poll(REGISTER.status, { mask: STATUS.busy, equals: 0 }, { withinCycles: 1_000_000 })
const refusal = /answered with SLVERR/

describe.each([
  { what: 'a pixel a word', network: PLAIN },
  { what: '2x2 pixels a word', network: FOLDED },
  { what: 'three words a pixel', network: THIRDS },
  { what: 'two words a pixel', network: HALVES },
])('$what', ({ network }) => {
  test.each([0, 0.4])(
    'pictures in, boxes and every tensor exact, one after the other (stalls %d)',
    async (stalls) => {
      const bench = await openBench(network, { stalls })
      await using _ = bench.dut
      for (const seed of [1, 2, 3]) {
        const image = randomImage(network.graph, seed)
        // Whether the order or the picture comes first.
        if (seed === 2) await sendImage(bench, image)
        await start(bench)
        if (seed !== 2) await sendImage(bench, image)
        const { error, cancelled, cycles, ...found } = await receivePacket(bench)
        expect([error, cancelled]).toEqual([0, false])
        expect(found).toEqual(expectedBoxes(network, image))
        expect(found.boxes.length).toBeGreaterThan(0)
        expect(await redLayers(bench, image)).toEqual([])
        await idle(bench)
        const { control } = bench
        expect(await control.read(REGISTER.status)).toBe(STATUS.done | (found.overflow ? STATUS.overflow : 0))
        expect(await control.read(REGISTER.cycles)).toBe(cycles)
        expect(await control.read(REGISTER.boxCount)).toBe(found.boxes.length)
        expect(await control.read(REGISTER.candidateCount)).toBe(found.candidates)
        expect(await control.read(REGISTER.pc)).toBe(bench.roms.steps.length - 1)
        expect(await control.read(REGISTER.imagePixels)).toBe(pixelsOf(image, network).length)
      }
    },
  )
})
