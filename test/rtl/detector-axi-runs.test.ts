/** `detector_axi` with pictures that are as they should be: orders, streams and runs in any sequence. */
import { describe, expect, test } from 'vitest'
import { loadTensor, runInstructions } from '../../src/detector/run.ts'
import { randomImage } from '../golden/random-graph.ts'
import {
  CONTROL,
  expectedBoxes,
  idle,
  isRefused,
  openBench,
  openDetector,
  pixelsOf,
  REGISTER,
  receivePacket,
  redLayers,
  SHUT,
  STATUS,
  sendImage,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { FOLDED, HALVES, PLAIN, ROOMY, THIRDS } from './detector-axi-networks.ts'

describe.each([
  { what: 'a pixel a word', network: PLAIN },
  { what: '2x2 pixels a word', network: FOLDED },
  { what: 'a pixel in a word that could hold four', network: ROOMY },
  { what: 'three words a pixel', network: THIRDS },
  { what: 'two words a pixel', network: HALVES },
])('$what', ({ network }) => {
  test.each([0, 0.4])(
    'boxes and every tensor are exact, picture after picture (stalls %d)',
    async (stalls) => {
      const bench = await openBench(network, { stalls })
      await using _ = bench.dut
      const { control } = bench
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

test.each([
  { what: 'a pixel a word', network: PLAIN, words: 1 },
  { what: '2x2 pixels a word', network: FOLDED, words: 1 },
  { what: 'three words a pixel', network: THIRDS, words: 3 },
  { what: 'two words a pixel', network: HALVES, words: 2 },
])(
  '$what: a picture takes $words cycles a pixel, a run those of the detector',
  async ({ network, words }) => {
    const bench = await openBench(network, { randomiseUnknowns: false })
    await using _ = bench.dut
    const { dut, roms } = bench
    const image = randomImage(network.graph, 1)
    const pixels = pixelsOf(image, network)
    // No pixel is taken in the three cycles in which the settings are taken up.
    dut.tick(3)
    await sendPixels(bench, pixels)
    const begin = dut.cycle
    await dut.stream('s_image').flush()
    expect(dut.cycle - begin).toBe((pixels.length - 1) * words + 1)
    await start(bench, 0)
    await idle(bench)
    const cycles = await bench.control.read(REGISTER.cycles)
    await using bare = await openDetector(network)
    await loadTensor(bare, image, roms.placements.get('images')!, network.engine)
    const limits = { withinCycles: 1e6, noProgressCycles: 1e6, record: false }
    expect(cycles).toBe((await runInstructions(bare, roms, 0, roms.steps.length - 1, limits)).cycles)
    // They are those of one run, not of all.
    await sendPixels(bench, pixels)
    await start(bench, 0)
    await idle(bench)
    expect(Math.abs((await bench.control.read(REGISTER.cycles)) - cycles)).toBeLessThan(cycles / 10)
  },
)

test('no boxes make a packet of one beat', async () => {
  const none = { ...PLAIN, nms: { ...PLAIN.nms, minCode: 256 } }
  const bench = await openBench(none)
  await using _ = bench.dut
  await sendImage(bench, randomImage(none.graph, 1))
  await start(bench)
  expect(await receivePacket(bench)).toMatchObject({ boxes: [], candidates: 0, overflow: false, error: 0 })
})

test('nobody is sent boxes who did not ask; asked for later they come, as often as wanted', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const image = randomImage(PLAIN.graph, 5)
  // Out of reset there is no run to tell of.
  await bench.control.write(REGISTER.control, CONTROL.boxes)
  expect(await receivePacket(bench)).toEqual({
    ...{ boxes: [], candidates: 0, overflow: false, error: 0, cancelled: false, cycles: 0 },
  })
  await idle(bench)
  await sendImage(bench, image)
  await start(bench, 0)
  await idle(bench)
  bench.dut.tick(100)
  expect((await bench.dut.stream('m_boxes').receivePacked()).cycles).toHaveLength(0)
  for (let time = 0; time < 2; time++) {
    await bench.control.write(REGISTER.control, CONTROL.boxes)
    expect(await receivePacket(bench)).toMatchObject({ ...expectedBoxes(PLAIN, image), error: 0 })
    await idle(bench)
  }
})

test('the next picture waits while a run is on, and comes in while boxes wait', async () => {
  const bench = await openBench(FOLDED)
  await using _ = bench.dut
  const { dut, control } = bench
  const [first, second] = [randomImage(FOLDED.graph, 1), randomImage(FOLDED.graph, 2)]
  await dut.stream('m_boxes').stall(SHUT)
  await start(bench)
  await sendImage(bench, first)
  await sendImage(bench, second)
  await control.poll(REGISTER.status, (status) => (status & STATUS.running) !== 0)
  expect(await control.read(REGISTER.imagePixels)).toBe(pixelsOf(first, FOLDED).length)
  expect(await redLayers(bench, first)).not.toEqual([])
  await control.poll(REGISTER.status, (status) => (status & STATUS.complete) !== 0)
  const settled = STATUS.busy | STATUS.done | STATUS.sending | STATUS.complete
  expect((await control.read(REGISTER.status)) & ~STATUS.overflow).toBe(settled)
  expect(await isRefused(start(bench))).toBe(true)
  await dut.stream('m_boxes').stall({ pattern: '1' })
  expect(await receivePacket(bench)).toMatchObject(expectedBoxes(FOLDED, first))
  await idle(bench)
  await dut.stream('tap').receivePacked()
  await start(bench)
  expect(await receivePacket(bench)).toMatchObject(expectedBoxes(FOLDED, second))
  expect(await redLayers(bench, second)).toEqual([])
})

test('a program runs in pieces; only the first takes a picture', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, roms } = bench
  const image = randomImage(PLAIN.graph, 9)
  const last = roms.steps.length - 1
  await sendImage(bench, image)
  await bench.dut.stream('s_image').flush()
  for (let pc = 0; pc <= last; pc++) {
    await control.write(REGISTER.first, pc)
    await control.write(REGISTER.last, pc)
    const keep = pc > 0 ? CONTROL.keep : 0
    await start(bench, pc === last ? keep | CONTROL.boxes : keep)
    if (pc < last) await idle(bench)
  }
  expect(await receivePacket(bench)).toMatchObject(expectedBoxes(PLAIN, image))
  expect(await redLayers(bench, image)).toEqual([])
})

test('a run that keeps what is there, ordered at any moment of a picture, spoils neither', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut, roms } = bench
  const last = roms.steps.length - 1
  let refused = 0
  for (let delay = 0; delay < 50; delay += 3) {
    const image = randomImage(PLAIN.graph, delay)
    await control.write(REGISTER.first, 1)
    await control.write(REGISTER.last, 1)
    await sendImage(bench, image)
    dut.tick(delay)
    const was = await isRefused(start(bench, CONTROL.keep))
    refused += was ? 1 : 0
    await idle(bench)
    await dut.stream('s_image').flush()
    await control.poll(REGISTER.status, { mask: STATUS.receiving, equals: 0 })
    // A whole picture is taken by the run that began after it.
    await control.write(REGISTER.first, 0)
    await control.write(REGISTER.last, last)
    if (((await control.read(REGISTER.status)) & STATUS.complete) === 0) await sendImage(bench, image)
    await dut.stream('tap').receivePacked()
    await start(bench)
    expect(await receivePacket(bench), `delay ${delay}`).toMatchObject(expectedBoxes(PLAIN, image))
    expect(await redLayers(bench, image)).toEqual([])
    await idle(bench)
  }
  expect(refused).toBeGreaterThan(2)
  expect(refused).toBeLessThan(17)
})

test('a picture that begins as such a run does waits for its end, and needs no order to come in', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut, roms } = bench
  const last = roms.steps.length - 1
  const seen = new Set<boolean>()
  for (let delay = 0; delay < 12; delay++) {
    const image = randomImage(PLAIN.graph, delay)
    await control.write(REGISTER.first, 1)
    await control.write(REGISTER.last, 1)
    await dut.stream('s_image').stall({ pattern: `${'0'.repeat(delay)}${'1'.repeat(5000)}` })
    await sendImage(bench, image)
    seen.add(await isRefused(start(bench, CONTROL.keep)))
    await dut.stream('s_image').flush()
    await idle(bench)
    await control.poll(REGISTER.status, (status) => (status & STATUS.complete) !== 0)
    await control.write(REGISTER.first, 0)
    await control.write(REGISTER.last, last)
    await dut.stream('tap').receivePacked()
    await start(bench)
    expect(await receivePacket(bench), `delay ${delay}`).toMatchObject(expectedBoxes(PLAIN, image))
    expect(await redLayers(bench, image)).toEqual([])
    await idle(bench)
  }
  expect([...seen].toSorted()).toEqual([false, true])
})
