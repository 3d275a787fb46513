import { describe, expect, test } from 'vitest'
import { type Corners, overlaps } from '../../src/golden/head-rules.ts'
import type { IntegerBox } from '../../src/golden/types.ts'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { packBox, readBox } from './detect-head-bench.ts'

interface NmsPorts {
  clear_i: number
  threshold_i: number
  limit_i: number
  box_addr_i: number
  in_valid_i: number
  readonly in_ready_o: number
  readonly full_o: number
  readonly count_o: number
  readonly box_data_o: bigint
}

const sources = ['rtl/assay_pkg.sv', 'rtl/q_nms.sv', 'test/rtl/fixtures/q_nms_bench.sv']

const nms = (parameters: { MaxDetections: number; MaxClasses: number }) =>
  simulate<NmsPorts>({ top: 'q_nms_bench', sources, parameters, verilatorFlags: ['--assert'] })

/** Sends the boxes until the unit is full or all are decided, and reads what it kept. */
async function suppress(dut: Dut<NmsPorts>, boxes: readonly IntegerBox[], limit: number, threshold: number) {
  const { ports } = dut
  Object.assign(ports, { threshold_i: threshold, limit_i: limit, clear_i: 1 })
  dut.tick()
  ports.clear_i = 0
  dut.tick()
  for (const box of boxes) {
    if (ports.full_o) break
    await dut.in.send([{ data: packBox(box) }])
    await dut.in.flush({ withinCycles: limit + 30 })
    // Decided at the latest when it has met every kept box.
    dut.tick(limit + 20)
  }
  return Array.from({ length: ports.count_o }, (_, index) => {
    ports.box_addr_i = index
    dut.tick()
    return readBox(ports.box_data_o)
  })
}

/** from the definition. */
function greedy(boxes: readonly IntegerBox[], limit: number, threshold: number): IntegerBox[] {
  const kept: IntegerBox[] = []
  for (const box of boxes) {
    if (kept.length === limit) break
    if (!kept.some((other) => other.classIndex === box.classIndex && overlaps(box, other, threshold)))
      kept.push(box)
  }
  return kept
}

const boxAt = (corners: Corners, anchor: number, classIndex = 0): IntegerBox => ({
  ...corners,
  classIndex,
  code: 255 - (anchor & 127),
  score: 65535 - anchor,
  anchor,
})

describe('q_nms', () => {
  test.each([
    { because: 'equal boxes', a: [0, 0, 9, 9], b: [0, 0, 9, 9], threshold: 1023, kept: 1 },
    { because: 'nothing is above an IoU of 1', a: [0, 0, 9, 9], b: [0, 0, 9, 9], threshold: 1024, kept: 2 },
    { because: 'an IoU of exactly T is kept', a: [0, 0, 2, 1], b: [0, 0, 1, 1], threshold: 512, kept: 2 },
    { because: 'and just above it is not', a: [0, 0, 2, 1], b: [0, 0, 1, 1], threshold: 511, kept: 1 },
    { because: 'touching is no overlap', a: [0, 0, 5, 5], b: [5, 0, 9, 5], threshold: 0, kept: 2 },
    { because: 'apart on both axes', a: [0, 0, 5, 5], b: [7, 7, 9, 9], threshold: 0, kept: 2 },
    { because: 'one cell of overlap', a: [0, 0, 5, 5], b: [4, 4, 9, 9], threshold: 0, kept: 1 },
    { because: 'the largest boxes', a: [-32768, -32768, 32767, 32767], b: [-32768, -32768, 32767, 32767], threshold: 1023, kept: 1 }, // biome-ignore format: a case a line
    { because: 'boxes without area', a: [3, 3, 3, 3], b: [3, 3, 3, 3], threshold: 0, kept: 2 },
    { because: 'corners of both signs', a: [-9, -9, 1, 1], b: [-8, -8, 2, 2], threshold: 400, kept: 1 },
  ])('$because', async ({ a, b, threshold, kept }) => {
    await using dut = await nms({ MaxDetections: 24, MaxClasses: 16 })
    const [first, second] = [a, b].map(([x0, y0, x1, y1], anchor) =>
      boxAt({ x0: x0!, y0: y0!, x1: x1!, y1: y1! }, anchor, 5),
    )
    const boxes = [first!, second!]
    expect(await suppress(dut, boxes, 24, threshold)).toEqual(boxes.slice(0, kept))
    const classes = [first!, { ...second!, classIndex: 6 }]
    expect(await suppress(dut, classes, 24, threshold)).toEqual(classes)
  })

  test('a kept box takes 19 cycles, and more with kept boxes of its own class', async () => {
    await using dut = await nms({ MaxDetections: 24, MaxClasses: 16 })
    const { ports } = dut
    Object.assign(ports, { threshold_i: 400, limit_i: 24, clear_i: 1 })
    dut.tick()
    ports.clear_i = 0
    dut.tick()
    const cycles = [0, 1, 1, 1, 1, 0].map((classIndex, at) => {
      const box = boxAt({ x0: 10 * at, y0: 0, x1: 10 * at + 9, y1: 9 }, at, classIndex)
      Object.assign(ports, { in_valid_i: 1, in_data_i: packBox(box) })
      dut.tick()
      ports.in_valid_i = 0
      let taken = 1
      for (; ports.in_ready_o === 0 && taken < 30; taken++) dut.tick()
      return taken
    })
    expect(ports.count_o).toBe(6)
    expect(cycles).toEqual([8, 8, 19, 21, 22, 19])
  })

  test.each([
    { MaxDetections: 1, MaxClasses: 1 },
    { MaxDetections: 24, MaxClasses: 16 },
    { MaxDetections: 33, MaxClasses: 80 },
  ])('random boxes, run after run without a reset: %o', async (parameters) => {
    await using dut = await nms(parameters)
    const random = makeRandom(parameters.MaxDetections)
    for (let run = 0; run < 30; run++) {
      const span = [10, 60, 4000, 32768][run % 4]!
      const boxes = Array.from({ length: random(50) }, (_, anchor) => {
        const [x0, y0] = [random(span) - span / 2, random(span) - span / 2]
        const corners = { x0, y0, x1: x0 + random(span / 2), y1: y0 + random(span / 2) }
        return boxAt(corners, anchor, random(Math.min(parameters.MaxClasses, 1 + random(6))))
      })
      const limit = random(parameters.MaxDetections + 1)
      const threshold = random(1025)
      expect(await suppress(dut, boxes, limit, threshold), `run ${run}`).toEqual(
        greedy(boxes, limit, threshold),
      )
    }
  })
})
