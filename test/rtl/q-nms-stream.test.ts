import { describe, expect, test } from 'vitest'
import { overlaps } from '../../src/golden/head-rules.ts'
import type { IntegerBox } from '../../src/golden/types.ts'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { packBox, readBox } from './detect-head-bench.ts'

interface NmsPorts {
  rst_ni: number
  clear_i: number
  threshold_i: number
  limit_i: number
  box_addr_i: number
  in_valid_i: number
  readonly full_o: number
  readonly count_o: number
  readonly box_data_o: bigint
}

const sources = ['rtl/assay_pkg.sv', 'rtl/q_nms.sv', 'test/rtl/fixtures/q_nms_bench.sv']
const limit = 20
const threshold = 400

const open = (seed: number) =>
  simulate<NmsPorts>({
    top: 'q_nms_bench',
    sources,
    parameters: { MaxDetections: 24, MaxClasses: 16 },
    verilatorFlags: ['--assert'],
    randomiseUnknowns: true,
    seed,
  })

function makeBoxes(seed: number, count: number): IntegerBox[] {
  const random = makeRandom(seed)
  return Array.from({ length: count }, (_, anchor) => {
    const [x0, y0] = [random(60), random(60)]
    return {
      x0,
      y0,
      x1: x0 + random(40),
      y1: y0 + random(40),
      classIndex: random(3),
      code: 200,
      score: 50_000 - anchor,
      anchor,
    }
  })
}

/** from the definition. */
function keep(boxes: readonly IntegerBox[]): IntegerBox[] {
  const kept: IntegerBox[] = []
  for (const box of boxes) {
    const isHidden = kept.some(
      (other) => other.classIndex === box.classIndex && overlaps(box, other, threshold),
    )
    if (kept.length < limit && !isHidden) kept.push(box)
  }
  return kept
}

/** All boxes at once: the next one is on the ports while the one before is at work. */
async function stream(dut: Dut<NmsPorts>, boxes: readonly IntegerBox[]): Promise<void> {
  await dut.in.send(boxes.map((box) => ({ data: packBox(box) })))
  await dut.in.flush({ withinCycles: boxes.length * 40 })
  dut.tick(limit + 20)
}

function readKept({ ports, tick }: Dut<NmsPorts>): IntegerBox[] {
  return Array.from({ length: ports.count_o }, (_, index) => {
    ports.box_addr_i = index
    tick()
    return readBox(ports.box_data_o)
  })
}

function begin({ ports, tick }: Dut<NmsPorts>): void {
  Object.assign(ports, { in_valid_i: 0, threshold_i: threshold, limit_i: limit, clear_i: 1 })
  tick()
  ports.clear_i = 0
}

describe('q_nms', () => {
  test.each([0, 0.5])('takes boxes one after another, with stalls of %d', async (probability) => {
    await using dut = await open(1)
    await dut.in.stall({ probability, seed: 3 })
    for (let seed = 0; seed < 20; seed++) {
      begin(dut)
      const boxes = makeBoxes(seed, 18)
      await stream(dut, boxes)
      expect(readKept(dut), `seed ${seed}`).toEqual(keep(boxes))
    }
  })

  test.each([
    { what: 'a clear, at the next edge,', port: 'clear_i', active: 1, edges: 1 },
    { what: 'a reset, at once,', port: 'rst_ni', active: 0, edges: 0 },
  ] as const)('$what at any moment forgets every box and the one at work', async (how) => {
    const { port, active, edges } = how
    const boxes = makeBoxes(5, 12)
    const others = makeBoxes(6, 12)
    for (let cycles = 1; cycles < 60; cycles++) {
      await using dut = await open(cycles)
      begin(dut)
      for (let cycle = 0; cycle < cycles; cycle++) {
        // By hand, so that nothing is queued when it is broken off.
        const at = Math.min(boxes.length - 1, Math.floor(cycle / 9))
        Object.assign(dut.ports, { in_valid_i: 1, in_data_i: packBox(boxes[at]!) })
        dut.tick()
      }
      dut.ports.in_valid_i = 0
      dut.ports[port] = active
      dut.tick(edges)
      expect(dut.ports.count_o).toBe(0)
      dut.tick(1 - edges)
      dut.ports[port] = 1 - active
      dut.tick(limit + 20)
      expect(dut.ports.count_o, `after ${cycles} cycles`).toBe(0)
      await stream(dut, others)
      expect(readKept(dut), `after ${cycles} cycles`).toEqual(keep(others))
    }
  })

  test('a reset needs no luck: whatever was in the registers', async () => {
    for (let seed = 1; seed <= 24; seed++) {
      await using dut = await open(seed)
      Object.assign(dut.ports, { in_valid_i: 0, clear_i: 0, limit_i: limit, threshold_i: threshold })
      expect([dut.ports.count_o, dut.ports.full_o]).toEqual([0, 0])
      const boxes = makeBoxes(seed, 12)
      await stream(dut, boxes)
      expect(readKept(dut), `seed ${seed}`).toEqual(keep(boxes))
    }
  })
})
