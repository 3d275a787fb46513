/** A reset of `detector_axi`: at power-up, and while a picture, a run or boxes are under way. */
import { expect, test } from 'vitest'
import { randomImage } from '../golden/random-graph.ts'
import {
  openBench,
  pixelsOf,
  REGISTER,
  runImage,
  SHUT,
  STATUS,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { FOLDED, PLAIN } from './detector-axi-networks.ts'

test('needs no luck: nothing is under way after it, whatever was in the registers', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const bench = await openBench(PLAIN, { seed })
    await using _ = bench.dut
    const { control, dut } = bench
    await control.write(REGISTER.first, 0x100 + seed)
    expect(await control.read(REGISTER.first), `seed ${seed}`).toBe(0x100 + seed)
    dut.tick(20)
    expect((await dut.stream('m_boxes').receivePacked()).cycles, `seed ${seed}`).toHaveLength(0)
    expect(dut.ports.interrupt_o).toBe(0)
    expect(await control.read(REGISTER.status)).toBe(0)
    expect(await control.read(REGISTER.imagePixels)).toBe(0)
    expect(await control.read(REGISTER.interruptStatus)).toBe(0)
    expect(await control.read(REGISTER.interruptEnable)).toBe(0)
    expect(await control.read(REGISTER.cycles)).toBe(0)
  }
})

test.each([
  { when: 'a picture is half there', cycles: 17, open: true },
  { when: 'a row of pixels is half there', cycles: 5, open: true },
  { when: 'a run is on', cycles: 300, open: true },
  { when: 'boxes wait', cycles: 12_000, open: false },
])('ends what is under way: $when', async ({ cycles, open }) => {
  const bench = await openBench(FOLDED)
  await using _ = bench.dut
  const { control, dut, roms } = bench
  await control.write(REGISTER.interruptEnable, 15)
  await control.write(REGISTER.last, 1)
  await control.write(REGISTER.last, roms.steps.length - 1)
  if (!open) await dut.stream('m_boxes').stall(SHUT)
  await start(bench)
  await sendPixels(bench, pixelsOf(randomImage(FOLDED.graph, 3), FOLDED).slice(0, cycles))
  dut.tick(cycles)
  const before = await control.read(REGISTER.status)
  expect(before & STATUS.busy).toBe(STATUS.busy)
  dut.ports.rst_ni = 0
  dut.tick(2)
  // No VALID is high in a reset (IHI 0022, A3.1.2; IHI 0051, 2.8.2).
  const { m_axis_boxes_tvalid_o: boxes, s_axil_bvalid_o: b, s_axil_rvalid_o: r } = dut.ports
  expect([boxes, b, r, dut.ports.interrupt_o]).toEqual([0, 0, 0, 0])
  dut.ports.rst_ni = 1
  await dut.stream('m_boxes').stall({ pattern: '1' })
  dut.tick(50)
  expect(await control.read(REGISTER.status)).toBe(0)
  expect(await control.read(REGISTER.interruptEnable)).toBe(0)
  expect((await dut.stream('m_boxes').receivePacked()).cycles).toHaveLength(0)
  expect(await runImage(bench, 4)).toEqual([])
})
