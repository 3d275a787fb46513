/** `detector_axi` with its weights in a memory: every tensor and the boxes, whatever the memory does. */
import { expect, test } from 'vitest'
import { NO_TAP } from '../../src/detector/options.ts'
import { largestGroup } from '../../src/rom/weights-image.ts'
import { axiMemory } from '../../src/simulate/index.ts'
import { randomImage } from '../golden/random-graph.ts'
import {
  type Bench,
  CONTROL,
  INTERRUPT,
  idle,
  isRefused,
  openBench,
  REGISTER,
  receivePacket,
  runImage,
  STATUS,
  sendImage,
  start,
} from './detector-axi-bench.ts'
import { BASE, CALM, openWithMemory, ROUGH, WEIGHTS_BASE } from './detector-axi-memory.ts'
import { FOLDED, PLAIN } from './detector-axi-networks.ts'

const ERROR = { depth: 5, memory: 7 } as const

const cyclesOf = async (bench: Bench, seed: number): Promise<number> => {
  expect(await runImage(bench, seed)).toEqual([])
  return bench.control.read(REGISTER.cycles)
}

test('a run takes the cycles of the ROM but for what its first words take, where the memory keeps up', async () => {
  const rom = await openBench(PLAIN, { randomiseUnknowns: false })
  await using _ = rom.dut
  const bench = await openWithMemory(PLAIN, 128, CALM, { randomiseUnknowns: false })
  await using __ = bench.dut
  const more = (await cyclesOf(bench, 1)) - (await cyclesOf(rom, 1))
  expect(more).toBeGreaterThan(0)
  expect(more).toBeLessThan(60)
})

test('weights that software changes between two runs are those of the next', async () => {
  const bench = await openWithMemory(PLAIN, 64, CALM)
  await using _ = bench.dut
  expect(await runImage(bench, 1)).toEqual([])
  const image = bench.memory.bytes.slice()
  bench.memory.bytes.fill(0)
  expect(await runImage(bench, 1)).not.toEqual([])
  bench.memory.bytes.set(image)
  expect(await runImage(bench, 2)).toEqual([])
})

test('a program in pieces, in any order, finds the weights of each', async () => {
  const bench = await openWithMemory(PLAIN, 64, ROUGH)
  await using _ = bench.dut
  const { control, roms } = bench
  const last = roms.steps.length - 1
  await sendImage(bench, randomImage(PLAIN.graph, 4))
  await bench.dut.stream('s_image').flush()
  for (const [from, to] of [
    [0, 0],
    [1, 2],
    [2, 2],
    [1, last - 1],
  ] as const) {
    await control.write(REGISTER.first, from)
    await control.write(REGISTER.last, to)
    await start(bench, from === 0 ? 0 : CONTROL.keep)
    await idle(bench)
    expect(await control.read(REGISTER.status)).toBe(STATUS.done)
  }
  await control.write(REGISTER.first, 0)
  await control.write(REGISTER.last, last)
  expect(await runImage(bench, 4)).toEqual([])
})

test.each(['slave-error', 'decode-error'] as const)(
  'an answer with %s ends the run with error 7 and the interrupt, and the next run is exact',
  async (response) => {
    const bench = await openWithMemory(PLAIN, 64, ROUGH, { streams: NO_TAP })
    await using _ = bench.dut
    const { control, memory, dut, roms } = bench
    await control.write(REGISTER.interruptEnable, INTERRUPT.error)
    const { length } = memory.bytes
    for (const at of [0, Math.floor(length / 2), length - 1]) {
      memory.answerWithErrors([{ from: BASE + at, to: BASE + at + 1, response }])
      await start(bench)
      await sendImage(bench, randomImage(PLAIN.graph, 1))
      const packet = await receivePacket(bench)
      expect(packet).toMatchObject({ error: ERROR.memory, boxes: [], candidates: 0 })
      await idle(bench)
      expect(dut.ports.interrupt_o).toBe(1)
      expect(await control.read(REGISTER.status)).toBe(STATUS.done | (ERROR.memory << 8))
      expect(roms.steps[await control.read(REGISTER.pc)]!.instruction.op).toBe('conv')
      await control.write(REGISTER.interruptStatus, INTERRUPT.error)
      memory.answerWithErrors([])
      await start(bench)
      await sendImage(bench, randomImage(PLAIN.graph, 2))
      expect(await receivePacket(bench)).toMatchObject({ error: 0 })
      await idle(bench)
      expect(dut.ports.interrupt_o).toBe(0)
    }
  },
)

test('up to the error every word is as without it', async () => {
  const bench = await openWithMemory(PLAIN, 64, ROUGH)
  await using _ = bench.dut
  const { memory, dut } = bench
  const words = async (): Promise<Buffer> => {
    await dut.stream('tap').receivePacked()
    await start(bench)
    await sendImage(bench, randomImage(PLAIN.graph, 1))
    await receivePacket(bench)
    return Buffer.from((await dut.stream('tap').receivePacked()).data)
  }
  const whole = await words()
  const { length } = memory.bytes
  const ends: number[] = []
  for (const part of [0, 0.3, 0.6, 0.9]) {
    const from = BASE + Math.floor(part * length)
    memory.answerWithErrors([{ from, to: from + 1, response: 'slave-error' }])
    const written = await words()
    expect(written.equals(whole.subarray(0, written.length))).toBe(true)
    ends.push(written.length)
  }
  expect(ends[0]).toBe(0)
  expect(ends.slice(1).every((end, i) => end > ends[i]!)).toBe(true)
  expect(ends.at(-1)).toBeLessThan(whole.length)
})

test('a group larger than the buffer ends the run with error 5', async () => {
  const bench = await openWithMemory(PLAIN, 64, CALM)
  const room = largestGroup(bench.roms.steps)
  await bench.dut[Symbol.asyncDispose]()
  const small = await openWithMemory(PLAIN, 64, CALM, { parameters: { WeightBufferWords: room - 1 } })
  await using _ = small.dut
  expect(await runImage(small, 1)).toContain(`error ${ERROR.depth}`)
  const tight = await openWithMemory(PLAIN, 64, ROUGH, { parameters: { WeightBufferWords: room } })
  await using __ = tight.dut
  expect(await runImage(tight, 1)).toEqual([])
})

test('WEIGHTS_BASE keeps its 52 upper bits, and holds while an order is under way', async () => {
  const bench = await openWithMemory(PLAIN, 64, CALM)
  await using _ = bench.dut
  const { control } = bench
  await control.write(WEIGHTS_BASE.low, 0xffff_ffff)
  await control.write(WEIGHTS_BASE.high, 0x8765_4321)
  expect(await control.read(WEIGHTS_BASE.low)).toBe(0xffff_f000)
  expect(await control.read(WEIGHTS_BASE.high)).toBe(0x8765_4321)
  await start(bench)
  expect(await isRefused(control.write(WEIGHTS_BASE.low, 0))).toBe(true)
  expect(await control.read(WEIGHTS_BASE.low)).toBe(0xffff_f000)
  expect(await isRefused(control.read(0x88))).toBe(true)
  expect(await isRefused(control.read(0x7c))).toBe(true)
})

test('with the weights in the ROM the memory is not asked, and WEIGHTS_BASE is no register', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const memory = axiMemory(bench.dut, 'm_axi', { bytes: 4096 })
  expect(await runImage(bench, 1)).toEqual([])
  expect(memory.counts().readBursts).toBe(0)
  expect(await isRefused(bench.control.read(WEIGHTS_BASE.low))).toBe(true)
  expect(await isRefused(bench.control.write(WEIGHTS_BASE.high, 1))).toBe(true)
})

test('a reset while weights come ends everything', async () => {
  const bench = await openWithMemory(FOLDED, 64, ROUGH)
  await using _ = bench.dut
  const { control, dut } = bench
  for (const cycles of [40, 150, 700, 3000]) {
    await sendImage(bench, randomImage(FOLDED.graph, 1))
    await dut.stream('s_image').flush()
    await start(bench, 0)
    dut.tick(cycles)
    dut.ports.rst_ni = 0
    dut.tick(2)
    dut.ports.rst_ni = 1
    dut.tick(2)
    expect(await control.read(REGISTER.status)).toBe(0)
    expect(await control.read(WEIGHTS_BASE.low)).toBe(0)
    await control.write(WEIGHTS_BASE.low, BASE % 2 ** 32)
    await control.write(WEIGHTS_BASE.high, Math.floor(BASE / 2 ** 32))
    expect(await runImage(bench, 2)).toEqual([])
  }
})
