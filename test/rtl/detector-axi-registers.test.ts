/** The registers of `detector_axi`: what each reads, takes and refuses. */
import { describe, expect, test } from 'vitest'
import { busParameters } from '../../src/detector/options.ts'
import { createRandom } from '../golden/random.ts'
import { randomImage } from '../golden/random-graph.ts'
import {
  CONTROL,
  idle,
  isRefused,
  openBench,
  pixelsOf,
  REGISTER,
  receivePacket,
  runImage,
  STATUS,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { FOLDED, PLAIN } from './detector-axi-networks.ts'

const addresses = new Set<number>(Object.values(REGISTER))
const { interruptEnable, interruptStatus, first, last } = REGISTER
const { imageBase, imagePlane, imagePitch, imageSize, imageFormat } = REGISTER
/** Registers that hold what is written, by their bits. */
const held = (folds: boolean): ReadonlyMap<number, number> =>
  new Map([
    [interruptEnable, 0xf],
    [first, 0xffff],
    [last, 0xffff],
    [imageBase, 0xffffff],
    [imagePlane, 0xffffff],
    [imagePitch, 0xffff],
    [imageSize, 0xffffffff],
    [imageFormat, folds ? 1 : 0],
  ])

const networks = [
  { what: 'a pixel a word', network: PLAIN },
  { what: '2x2 pixels a word', network: FOLDED },
]

describe.each(networks)('$what', ({ network }) => {
  test('out of reset the registers hold what the program needs', async () => {
    const bench = await openBench(network)
    await using _ = bench.dut
    const { control, roms } = bench
    const { inputLanes, outputLanes, pixels } = network.engine
    const expected = [
      [REGISTER.id, Buffer.from('ASAX').readUInt32LE()],
      [REGISTER.version, 1],
      [REGISTER.lanes, inputLanes | (outputLanes << 16)],
      [REGISTER.pixels, pixels | (8 << 16)],
      [REGISTER.bits, 8 | (8 << 16)],
      [REGISTER.last, roms.steps.length - 1],
    ] as const
    for (const [address, value] of expected) expect(await control.read(address)).toBe(value)
    // Words 33 to 36 of the program, as its bytes have them.
    const program = new DataView(roms.program.bytes.buffer, roms.program.bytes.byteOffset)
    for (const [index, address] of [imageBase, imagePlane, imagePitch, imageSize].entries())
      expect(await control.read(address)).toBe(program.getUint32(4 * (33 + index), true))
    expect(await control.read(imageFormat)).toBe(busParameters(roms).SpaceToDepth)
    for (const address of [first, interruptEnable, interruptStatus, REGISTER.control])
      expect(await control.read(address)).toBe(0)
  })

  test('each register holds the bytes that are written, and no other changes', async () => {
    const bench = await openBench(network, { stalls: 0.5 })
    await using _ = bench.dut
    const { control } = bench
    const random = createRandom(3)
    const writable = held(network === FOLDED)
    const model = new Map<number, number>()
    for (const address of addresses) model.set(address, await control.read(address))
    for (let i = 0; i < 400; i++) {
      const address = [...writable.keys()][random.integer(0, writable.size - 1)]!
      const [value, strobes] = [random.integer(0, 0xffffffff), random.integer(0, 15)]
      await control.write(address, value, strobes)
      const mask = [0, 1, 2, 3].reduce(
        (sum, byte) => sum + (strobes & (1 << byte) ? 0xff * 256 ** byte : 0),
        0,
      )
      const taken = (mask & writable.get(address)!) >>> 0
      model.set(address, ((model.get(address)! & ~taken) | (value & taken)) >>> 0)
      const other = [...addresses][random.integer(0, addresses.size - 1)]!
      for (const at of [address, other]) expect(await control.read(at), `write ${i}`).toBe(model.get(at))
    }
    for (const address of addresses) expect(await control.read(address)).toBe(model.get(address))
  })
})

test('no address that is no register is read or written; what may only be read is not written', async () => {
  const bench = await openBench(PLAIN, { stalls: 0.2 })
  await using _ = bench.dut
  const { control } = bench
  const readOnly = [...addresses].filter((at) => !held(true).has(at) && at !== interruptStatus && at !== REGISTER.control) // biome-ignore format: one condition
  const unknown = Array.from({ length: 4096 }, (_value, at) => at).filter(
    (at) => !addresses.has(at) && (at < 0x100 || at % 0x40 < 8),
  )
  const readAll = async (): Promise<number[]> => {
    const values: number[] = []
    for (const at of addresses) values.push(await control.read(at))
    return values
  }
  const before = await readAll()
  for (const at of unknown) expect(await isRefused(control.read(at)), `read of ${at}`).toBe(true)
  for (const at of [...unknown, ...readOnly])
    expect(await isRefused(control.write(at, 0xffffffff)), `write of ${at}`).toBe(true)
  expect(await readAll()).toEqual(before)
  expect(await runImage(bench, 2)).toEqual([])
})

test('a write to CONTROL without its byte, or without an order, does nothing', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control } = bench
  await control.write(REGISTER.control, 7, 0b1110)
  await control.write(REGISTER.control, 0)
  await control.write(REGISTER.control, CONTROL.keep)
  await control.write(REGISTER.control, 0xfffffff8)
  bench.dut.tick(10)
  expect(await control.read(REGISTER.status)).toBe(0)
  expect((await bench.dut.stream('m_boxes').receivePacked()).cycles).toHaveLength(0)
})

test('while an order is under way, or a picture comes, settings and further orders are refused', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, dut } = bench
  const image = randomImage(PLAIN.graph, 2)
  const settings = [first, last, imageBase, imagePlane, imagePitch, imageSize, imageFormat]
  const before: number[] = []
  for (const at of settings) before.push(await control.read(at))
  const refuses = async (orders: readonly number[]) => {
    for (const at of settings) expect(await isRefused(control.write(at, 0x5a5a))).toBe(true)
    for (const order of orders) expect(await isRefused(control.write(REGISTER.control, order))).toBe(true)
    for (const [index, at] of settings.entries()) expect(await control.read(at)).toBe(before[index])
    await control.write(interruptEnable, 5)
    expect(await control.read(interruptEnable)).toBe(5)
  }
  const every = [CONTROL.start, CONTROL.boxes, CONTROL.start | CONTROL.boxes, CONTROL.start | CONTROL.keep]
  await sendPixels(bench, pixelsOf(image, PLAIN).slice(0, 9))
  await dut.stream('s_image').flush()
  await refuses([CONTROL.start | CONTROL.keep])
  await start(bench)
  await refuses(every)
  await sendPixels(bench, pixelsOf(image, PLAIN).slice(9))
  await control.poll(REGISTER.status, (status) => (status & STATUS.running) !== 0)
  await refuses(every)
  expect((await control.read(REGISTER.status)) & STATUS.running).toBe(STATUS.running)
  expect((await receivePacket(bench)).error).toBe(0)
  await idle(bench)
  // One that waits for a picture it does not need does not wait.
  await start(bench, CONTROL.keep)
  await idle(bench)
  expect((await control.read(REGISTER.status)) & ~STATUS.overflow).toBe(STATUS.done)
})
