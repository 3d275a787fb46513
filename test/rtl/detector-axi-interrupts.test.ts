/** Interrupts of `detector_axi`, and runs that end with an error. */
import { describe, expect, test } from 'vitest'
import { randomImage } from '../golden/random-graph.ts'
import {
  type Bench,
  INTERRUPT,
  idle,
  openBench,
  pixelsOf,
  REGISTER,
  receivePacket,
  runImage,
  STATUS,
  sendImage,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { PLAIN } from './detector-axi-networks.ts'

const { interruptEnable, interruptStatus, last } = REGISTER

describe('interrupts', () => {
  const events = async (bench: Bench): Promise<void> => {
    await start(bench)
    await sendImage(bench, randomImage(PLAIN.graph, 1))
    await receivePacket(bench)
    await idle(bench)
  }

  test.each([
    { what: 'a run', range: 0, bits: INTERRUPT.done | INTERRUPT.boxes },
    {
      what: 'a run that ends with an error',
      range: 99,
      bits: INTERRUPT.done | INTERRUPT.error | INTERRUPT.boxes,
    },
  ])('$what leaves its bits until they are cleared, one by one', async ({ range, bits }) => {
    const bench = await openBench(PLAIN)
    await using _ = bench.dut
    const { control, dut, roms } = bench
    await control.write(last, range === 0 ? roms.steps.length - 1 : range)
    await events(bench)
    expect(await control.read(interruptStatus)).toBe(bits)
    expect(dut.ports.interrupt_o).toBe(0)
    for (const bit of [1, 2, 4, 8]) {
      await control.write(interruptEnable, bit)
      expect(dut.ports.interrupt_o).toBe(bits & bit ? 1 : 0)
    }
    await control.write(interruptEnable, 0xf)
    let left = bits
    for (const bit of [4, 1, 8, 2]) {
      // Zeros clear nothing, and neither does a byte that is not written.
      await control.write(interruptStatus, 0)
      await control.write(interruptStatus, 0xf, 0b1110)
      expect(await control.read(interruptStatus)).toBe(left)
      expect(dut.ports.interrupt_o).toBe(left === 0 ? 0 : 1)
      await control.write(interruptStatus, bit)
      left &= ~bit
      expect(await control.read(interruptStatus)).toBe(left)
    }
    expect(dut.ports.interrupt_o).toBe(0)
  })

  test('boxes that nobody asked for are no event', async () => {
    const bench = await openBench(PLAIN)
    await using _ = bench.dut
    await start(bench, 0)
    await sendImage(bench, randomImage(PLAIN.graph, 1))
    await idle(bench)
    expect(await bench.control.read(interruptStatus)).toBe(INTERRUPT.done)
  })

  test('an event in the cycle in which its bit is cleared is not lost', async () => {
    const bench = await openBench(PLAIN)
    await using _ = bench.dut
    const { control, dut } = bench
    const short = pixelsOf(randomImage(PLAIN.graph, 1), PLAIN).slice(0, 12).map((pixel, i) => ({ ...pixel, last: i === 11 ? 1 : 0 })) // biome-ignore format: a picture a line
    const seen: number[] = []
    for (let delay = 0; delay < 30; delay++) {
      await control.write(interruptStatus, 0xf)
      await sendPixels(bench, short)
      dut.tick(delay)
      await control.write(interruptStatus, 0xf)
      await dut.stream('s_image').flush()
      dut.tick()
      seen.push(await control.read(interruptStatus))
    }
    // Cleared too early, up to a moment; from then on gone.
    const at = seen.indexOf(0)
    expect(seen.map((value) => value !== 0)).toEqual(seen.map((_value, i) => i < at))
    // The event is in the cycle after the last pixel. A write is carried out in the cycle after its address is taken: this one just before is
    // the last that comes too early, although it clears in that very cycle.
    expect(at).toBe(short.length)
  })
})

test('a program that is refused ends with its error, and no boxes of a run before', async () => {
  const bench = await openBench(PLAIN)
  await using _ = bench.dut
  const { control, roms } = bench
  expect(await runImage(bench, 1)).toEqual([])
  expect(await control.read(REGISTER.boxCount)).toBeGreaterThan(0)
  for (const range of [roms.steps.length, 0xffff]) {
    await control.write(last, range)
    await sendImage(bench, randomImage(PLAIN.graph, 2))
    await start(bench)
    const packet = await receivePacket(bench)
    expect(packet).toMatchObject({ error: 4, boxes: [], candidates: 0, overflow: false, cancelled: false })
    await idle(bench)
    expect(await control.read(REGISTER.status)).toBe(STATUS.done | (4 << 8))
    for (const at of [REGISTER.boxCount, REGISTER.candidateCount]) expect(await control.read(at)).toBe(0)
  }
  // An order takes the error away before the run ends.
  await control.write(last, roms.steps.length - 1)
  await start(bench)
  expect((await control.read(REGISTER.status)) >> 8).toBe(0)
  await sendImage(bench, randomImage(PLAIN.graph, 2))
  expect(await receivePacket(bench)).toMatchObject({ error: 0 })
  await idle(bench)
  expect(await runImage(bench, 3)).toEqual([])
})
