/** Pictures that `detector_axi` must refuse: never a run on a picture that is not whole. */
import { describe, expect, test } from 'vitest'
import { randomImage } from '../golden/random-graph.ts'
import {
  type Bench,
  INTERRUPT,
  idle,
  isRefused,
  openBench,
  type Pixel,
  pixelsOf,
  REGISTER,
  receivePacket,
  runImage,
  STATUS,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { FOLDED, HALVES, type Network, PLAIN, THIRDS } from './detector-axi-networks.ts'

const picture = (network: Network, seed: number): Pixel[] =>
  pixelsOf(randomImage(network.graph, seed), network)
const endAt = (pixels: readonly Pixel[], count: number): Pixel[] =>
  pixels.slice(0, count).map(({ data }, i) => ({ data, last: i === count - 1 ? 1 : 0 }))
const twice = (network: Network): Pixel[] => [...picture(network, 1), ...picture(network, 2)]
const size = ({ graph }: Network): number => graph.nodes[0]!.shape[1] * graph.nodes[0]!.shape[2]

const bad = [PLAIN, FOLDED, THIRDS, HALVES].flatMap((network) => {
  const count = size(network)
  const [, , width] = network.graph.nodes[0]!.shape
  return [1, width, width + 1, count - 1, count + 1, count + width, 2 * count].map((pixels) => ({
    network,
    because: `${pixels} pixels of ${count} at PI ${network.engine.inputLanes}`,
    pixels: endAt(twice(network), pixels),
  }))
})

const readStatus = ({ control }: Bench, mask: number) =>
  control.read(REGISTER.status).then((status) => status & mask)

describe('a picture that is too short or too long', () => {
  test.each(bad)('$because: no run', async ({ network, pixels }) => {
    const bench = await openBench(network)
    await using _ = bench.dut
    const { control, dut } = bench
    await control.write(REGISTER.interruptEnable, INTERRUPT.image)
    // It comes before the order.
    await sendPixels(bench, pixels)
    await dut.stream('s_image').flush()
    // The error is told in the cycle after its pixel.
    dut.tick()
    expect(dut.ports.interrupt_o).toBe(1)
    expect(await control.read(REGISTER.interruptStatus)).toBe(INTERRUPT.image)
    expect(await control.read(REGISTER.status)).toBe(STATUS.imageError)
    expect(await control.read(REGISTER.imagePixels)).toBe(pixels.length)
    expect(await isRefused(start(bench))).toBe(true)
    await control.write(REGISTER.interruptStatus, INTERRUPT.image)
    expect([dut.ports.interrupt_o, await control.read(REGISTER.status)]).toEqual([0, 0])
    expect(await runImage(bench, 4)).toEqual([])
    // It comes after the order, which is cancelled and says so.
    await start(bench)
    expect(await readStatus(bench, STATUS.busy | STATUS.waiting)).toBe(STATUS.busy | STATUS.waiting)
    await sendPixels(bench, pixels)
    expect(await receivePacket(bench)).toEqual({
      ...{ boxes: [], candidates: 0, overflow: false, error: 0, cancelled: true, cycles: 0 },
    })
    await idle(bench)
    await dut.stream('s_image').flush()
    expect((await dut.stream('tap').receivePacked()).cycles).toHaveLength(0)
    expect(await isRefused(start(bench))).toBe(true)
    await control.write(REGISTER.interruptStatus, 0xf)
    expect(await runImage(bench, 3)).toEqual([])
    // It comes when nobody waits for it: no packet tells of it.
    await sendPixels(bench, pixels)
    await dut.stream('s_image').flush()
    dut.tick(9)
    expect(await readStatus(bench, STATUS.busy | STATUS.imageError)).toBe(STATUS.imageError)
    expect((await dut.stream('m_boxes').receivePacked()).cycles).toHaveLength(0)
  })
})

test('an order that comes while the picture does is refused or cancelled, whenever it comes', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut } = bench
  const pixels = endAt(twice(PLAIN), size(PLAIN) - 4)
  const seen = { refused: 0, cancelled: 0 }
  for (let delay = 0; delay < 40; delay++) {
    await sendPixels(bench, pixels)
    dut.tick(delay)
    if (await isRefused(start(bench, 0))) seen.refused++
    else {
      await idle(bench)
      seen.cancelled++
    }
    await dut.stream('s_image').flush()
    await control.write(REGISTER.interruptStatus, INTERRUPT.image)
    expect(await control.read(REGISTER.status), `delay ${delay}`).toBe(0)
  }
  expect((await dut.stream('tap').receivePacked()).cycles).toHaveLength(0)
  expect(seen.refused).toBeGreaterThan(5)
  expect(seen.cancelled).toBeGreaterThan(5)
  expect(await runImage(bench, 3)).toEqual([])
})

describe('a picture that has no room', () => {
  test.each([
    { because: 'it ends a row beyond the memory', network: PLAIN, register: REGISTER.imageBase, past: 1 },
    { because: 'its last block does', network: THIRDS, register: REGISTER.imageBase, past: 1 },
    { because: 'rows far apart', network: PLAIN, register: REGISTER.imagePitch, value: 0xffff },
    { because: 'blocks far apart', network: THIRDS, register: REGISTER.imagePlane, value: 0xffffff },
    { because: 'the last base', network: THIRDS, register: REGISTER.imageBase, value: 0xffffff },
    { because: 'a row longer than the line memory', network: FOLDED, register: REGISTER.imageSize, value: 6 | (3 << 16), pixels: 72 }, // biome-ignore format: a case a line
  ])('$because', async ({ network, register, value, past, pixels = size(network) }) => {
    const bench = await openBench(network)
    await using _ = bench.dut
    const { control, dut, roms } = bench
    const before = await control.read(register)
    const { height, pitch, plane, blocks } = roms.placements.get('images')!
    const room = roms.featureRows - (blocks - 1) * plane - height * pitch
    await control.write(register, value ?? room + past!)
    await sendPixels(bench, endAt(twice(network), pixels))
    await dut.stream('s_image').flush()
    expect(await control.read(REGISTER.status)).toBe(STATUS.imageError)
    await control.write(REGISTER.interruptStatus, INTERRUPT.image)
    // At the very end of the memory there is room; the program does not read it there.
    await control.write(register, past === undefined ? before : room)
    await sendPixels(bench, picture(network, 3))
    await dut.stream('s_image').flush()
    await control.poll(REGISTER.status, { mask: STATUS.complete, equals: STATUS.complete })
    await control.write(register, before)
    await start(bench, 0)
    await idle(bench)
    await dut.stream('tap').receivePacked()
    expect(await runImage(bench, 3)).toEqual([])
  })
})

test.each([
  { because: 'no width', width: 0, height: 5 },
  { because: 'no height', width: 7, height: 0 },
])('$because: the first pixel is refused', async ({ width, height }) => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut } = bench
  await control.write(REGISTER.imageSize, width | (height << 16))
  await sendPixels(bench, picture(PLAIN, 1).slice(0, 1))
  await dut.stream('s_image').flush()
  dut.tick()
  expect(await control.read(REGISTER.status)).toBe(STATUS.imageError)
  // What is left of it goes nowhere, up to TLAST.
  await sendPixels(bench, picture(PLAIN, 1))
  await dut.stream('s_image').flush()
  expect(await control.read(REGISTER.status)).toBe(STATUS.imageError)
  expect(await control.read(REGISTER.imagePixels)).toBe(1 + size(PLAIN))
})

test.each([
  { because: 'a row', width: 7, height: 1 },
  { because: 'a column', width: 1, height: 5 },
  { because: 'a pixel', width: 1, height: 1 },
])('$because is a picture', async ({ width, height }) => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut } = bench
  await control.write(REGISTER.imageSize, width | (height << 16))
  await sendPixels(bench, endAt(picture(PLAIN, 1), width * height))
  await dut.stream('s_image').flush()
  // The last word is written in the cycle after its pixel.
  dut.tick()
  expect(await control.read(REGISTER.status)).toBe(STATUS.complete)
})
