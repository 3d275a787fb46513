/** Worked examples of, which the spec and its fast twin both have to give. */
import { describe, expect, test } from 'vitest'
import { detectFast } from '../../src/golden/head-fast.ts'
import { checkGeometry, type DetectGeometry } from '../../src/golden/head-geometry.ts'
import { detectSpec } from '../../src/golden/head-spec.ts'
import type { IntegerHead, NmsOptions } from '../../src/golden/types.ts'
import { InputError } from '../../src/input/input-error.ts'

// One bin a side: every distance is 0. Two bins of equal codes: half a stride to each side, so boxes are their cells.
const geometry: DetectGeometry = { levels: [{ stride: 8, height: 1, width: 3 }], regMax: 2, classes: 2 }
const boxCodes = [new Uint8Array(8 * 3).fill(7)]
/** Two classes, three cells. */
const classCodes = [Uint8Array.of(9, 5, 9, 2, 9, 12)]
const head: IntegerHead = {
  expTable: Uint16Array.from({ length: 16 }, (_, d) => Math.floor(65535 / (d + 1))),
  sigmoidTable: Uint16Array.from({ length: 16 }, (_, code) => 1000 * code),
}
const base: NmsOptions = {
  minCode: 9,
  iouThreshold: 512,
  capacity: 10,
  maxDetections: 10,
  multiLabel: false,
}

// The centre of cell x is at (2x + 1) * 8 * 8 sixteenths, and half a stride is 64 of them.
const cell = (x: number, classIndex: number, code: number) => ({
  ...{ x0: 128 * x, y0: 0, x1: 128 * x + 128, y1: 128 },
  ...{ classIndex, code, score: 1000 * code, anchor: x },
})

describe.each([
  { twin: 'spec', detect: detectSpec },
  { twin: 'fast', detect: detectFast },
])('the detect head, $twin', ({ detect }) => {
  const run = (options: Partial<NmsOptions>) =>
    detect(geometry, head, boxCodes, classCodes, { ...base, ...options })

  // The best classes are (0, 9), (1, 9), (1, 12): in order cell 2, cell 0, cell 1.
  test.each<{ because: string; options: Partial<NmsOptions>; kept: number; overflow: boolean }>([
    { because: 'a capacity of one more than there are', options: { capacity: 4 }, kept: 3, overflow: false },
    { because: 'exactly as many as the capacity', options: { capacity: 3 }, kept: 3, overflow: false },
    { because: 'one more than the capacity', options: { capacity: 2 }, kept: 2, overflow: true },
    { because: 'a capacity of 1', options: { capacity: 1 }, kept: 1, overflow: true },
    { because: 'as many wanted as there are', options: { maxDetections: 3 }, kept: 3, overflow: false },
    { because: 'one less wanted', options: { maxDetections: 2 }, kept: 2, overflow: false },
    { because: 'none wanted', options: { maxDetections: 0 }, kept: 0, overflow: false },
  ])('$because', ({ options, kept, overflow }) => {
    expect(run(options)).toEqual({
      boxes: [cell(2, 1, 12), cell(0, 0, 9), cell(1, 1, 9)].slice(0, kept),
      candidates: 3,
      overflow,
    })
  })

  test.each([
    { minCode: 9, candidates: 3 },
    { minCode: 10, candidates: 1 },
    { minCode: 12, candidates: 1 },
    { minCode: 13, candidates: 0 },
    { minCode: 0, candidates: 3 },
  ])('a code of minCode $minCode is a candidate, one below is none', ({ minCode, candidates }) => {
    expect(run({ minCode }).candidates).toBe(candidates)
  })

  test.each([
    { capacity: 4, overflow: false, kept: 4 },
    { capacity: 3, overflow: true, kept: 3 },
    { capacity: 2, overflow: true, kept: 2 },
  ])('multi-label: four candidates at a capacity of $capacity', ({ capacity, overflow, kept }) => {
    // Cell 2 has 9 and 12; of the nines, anchor 0 comes first, then 1, then 2.
    const boxes = [cell(2, 1, 12), cell(0, 0, 9), cell(1, 1, 9), cell(2, 0, 9)]
    expect(run({ multiLabel: true, capacity })).toEqual({
      boxes: boxes.slice(0, kept),
      candidates: 4,
      overflow,
    })
  })

  test('an overlap of exactly T is kept, of more it is not', () => {
    // Sides of one stride each way: boxes of 256, neighbours share half: 128 * 256 / (3 * 128 * 256) = 1/3, T = 341.33.
    const steep = { ...head, expTable: Uint16Array.from({ length: 16 }, (_, d) => (d === 0 ? 65535 : 0)) }
    const wide = [Uint8Array.from({ length: 24 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? 0 : 7))]
    const one = [Uint8Array.of(9, 10, 0, 0, 0, 0)]
    const count = (iouThreshold: number, more: Partial<NmsOptions> = {}) =>
      detect(geometry, steep, wide, one, { ...base, iouThreshold, ...more }).boxes.map(({ anchor }) => anchor)
    expect([count(341), count(342), count(0), count(1024)]).toEqual([[1], [1, 0], [1], [1, 0]])
    // In order: cell 1 and cell 0 of class 0, then all that have code 0: class 1 of cells 0 and 1, both classes of cell 2. Of class 0
    // cell 1 suppresses its neighbours; of class 1 cell 0 suppresses cell 1, and only touches cell 2.
    expect(count(0, { multiLabel: true, minCode: 0 })).toEqual([1, 0, 2])
  })

  test('the lowest class wins a tie', () => {
    const ties = [Uint8Array.of(9, 9, 8, 9, 9, 9)]
    const { boxes } = detect(geometry, head, boxCodes, ties, base)
    expect(boxes).toEqual([cell(0, 0, 9), cell(1, 0, 9), cell(2, 1, 9)])
  })

  test('two boxes that are one: the second stays at T = 1024 alone', () => {
    // Cell 0 reaches a stride to the right, cell 1 a stride to the left: both from the centre of one to that of the other.
    const steep = { ...head, expTable: Uint16Array.from({ length: 16 }, (_, d) => (d === 0 ? 65535 : 0)) }
    const cells = [
      [7, 0, 0, 7, 0, 7, 0, 7],
      [0, 7, 0, 7, 7, 0, 0, 7],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    const codes = [Uint8Array.from({ length: 24 }, (_, i) => cells[i % 3]![Math.floor(i / 3)]!)]
    const one = [Uint8Array.of(9, 10, 0, 0, 0, 0)]
    const box = { x0: 64, y0: -64, x1: 192, y1: 192, classIndex: 0 }
    const detectAt = (iouThreshold: number) =>
      detect(geometry, steep, codes, one, { ...base, iouThreshold }).boxes
    expect(detectAt(1024)).toEqual([
      { ...box, code: 10, score: 10_000, anchor: 1 },
      { ...box, code: 9, score: 9000, anchor: 0 },
    ])
    expect(detectAt(1023)).toHaveLength(1)
  })

  test('boxes that are apart both ways do not overlap', () => {
    const square = { ...geometry, levels: [{ stride: 8, height: 3, width: 3 }] }
    const codes = new Uint8Array(18)
    codes.set([9, 0, 0, 0, 0, 0, 0, 0, 10])
    const { boxes } = detect(square, head, [new Uint8Array(72)], [codes], { ...base, iouThreshold: 512 })
    expect(boxes).toEqual([{ ...cell(2, 0, 10), y0: 256, y1: 384, anchor: 8 }, cell(0, 0, 9)])
  })

  test('anchors of the second level come after those of the first, whatever their stride', () => {
    const levels = [
      { stride: 8, height: 2, width: 1 },
      { stride: 16, height: 1, width: 2 },
    ]
    const two = { levels, regMax: 1, classes: 1 }
    const boxes = levels.map(() => new Uint8Array(8))
    const codes = [Uint8Array.of(9, 11), Uint8Array.of(10, 12)]
    // One bin: boxes without area, at the centres of the cells: 8 * stride * (2x + 1), in sixteenths.
    const point = (x: number, y: number, anchor: number, code: number) => ({
      ...{ x0: x, x1: x, y0: y, y1: y, classIndex: 0, code, score: 1000 * code, anchor },
    })
    expect(detect(two, head, boxes, codes, base).boxes).toEqual([
      point(3 * 128, 128, 3, 12),
      point(64, 3 * 64, 1, 11),
      point(128, 128, 2, 10),
      point(64, 64, 0, 9),
    ])
  })

  test.each<{ options: Partial<NmsOptions>; says: string }>([
    { options: { minCode: -1 }, says: 'minCode to be an integer from 0 to 16, got -1' },
    { options: { minCode: 17 }, says: 'minCode to be an integer from 0 to 16, got 17' },
    { options: { minCode: 1.5 }, says: 'minCode to be an integer from 0 to 16, got 1.5' },
    { options: { iouThreshold: -1 }, says: 'iouThreshold to be an integer from 0 to 1024, got -1' },
    { options: { iouThreshold: 1025 }, says: 'iouThreshold to be an integer from 0 to 1024, got 1025' },
    { options: { capacity: 0 }, says: 'capacity to be an integer from 1 to 65535, got 0' },
    { options: { capacity: 65536 }, says: 'capacity to be an integer from 1 to 65535, got 65536' },
    { options: { maxDetections: -1 }, says: 'maxDetections to be an integer from 0 to 65535, got -1' },
    { options: { maxDetections: 65536 }, says: 'maxDetections to be an integer from 0 to 65535, got 65536' },
  ])('refuses $options', ({ options, says }) => {
    expect(() => run(options)).toThrow(new RangeError(`Expected ${says}.`))
  })

  test('refuses tensors that are too many, too few or of another size', () => {
    const attempt = (boxes: Uint8Array[], classes: Uint8Array[]) => () =>
      detect(geometry, head, boxes, classes, base)
    expect(attempt([], classCodes)).toThrow('the number of box tensors to be an integer from 1 to 1, got 0')
    expect(attempt(boxCodes, [...classCodes, ...classCodes])).toThrow('the number of class tensors to be')
    expect(attempt([new Uint8Array(23)], classCodes)).toThrow(
      'Expected 24 codes for the box logits of level 0, got 23.',
    )
    expect(attempt(boxCodes, [new Uint8Array(7)])).toThrow(
      'Expected 6 codes for the class logits of level 0, got 7.',
    )
  })

  test('refuses a table of exponentials that does not begin at 65535 (A-8)', () => {
    const flat = { ...head, expTable: head.expTable.map((e) => e - 1) }
    expect(() => detect(geometry, flat, boxCodes, classCodes, base)).toThrow(
      'Expected E[0] = 65535 in the exponential table (A-8), got 65534.',
    )
  })
})

describe('checkGeometry', () => {
  const make = (stride: number, height: number, width: number, more: Partial<DetectGeometry> = {}) => ({
    levels: [{ stride, height, width }],
    regMax: 16,
    classes: 1,
    ...more,
  })

  // The furthest corner is at (2c - 1) * 8 * stride + 15 * 16 * stride of at most 32767:
  // 1: 8 * (2c - 1) + 240 -> c = 2033; 32: 97 * 256 + 7680 = 32512 -> c = 49; 128: 1024 + 30720 -> c = 1.
  test.each([
    { stride: 1, cells: 2033 },
    { stride: 8, cells: 241 },
    { stride: 32, cells: 49 },
    { stride: 64, cells: 17 },
    { stride: 128, cells: 1 },
  ])('at stride $stride, $cells cells a side fit 16 bits and one more does not', ({ stride, cells }) => {
    expect(() => checkGeometry(make(stride, cells, 1))).not.toThrow()
    expect(() => checkGeometry(make(stride, 1, cells))).not.toThrow()
    const says = (size: string) =>
      `net.pt: the detect head has a level of ${size} cells (height x width) at stride ${stride}, whose boxes do not fit 16 bits (A-8). ` +
      `Give a smaller --size, of at most ${cells * stride} pixels a side. Leave the head in float with`
    expect(() => checkGeometry(make(stride, cells + 1, 1), 'net.pt')).toThrow(says(`${cells + 1}x1`))
    expect(() => checkGeometry(make(stride, 1, cells + 1), 'net.pt')).toThrow(says(`1x${cells + 1}`))
  })

  test('fewer bins leave room for more cells', () => {
    // One bin: 8 * (2 * 2048 - 1) = 32760.
    expect(() => checkGeometry(make(1, 2048, 1, { regMax: 1 }))).not.toThrow()
    expect(() => checkGeometry(make(1, 2049, 1, { regMax: 1 }))).toThrow('do not fit 16 bits')
  })

  const level = { stride: 8, height: 1, width: 1 }
  test.each([
    { geometry: make(8, 1, 1, { levels: [] }), says: '0 levels, its integer arithmetic (A-8) takes 1 to 5' },
    {
      geometry: make(8, 1, 1, { levels: new Array(6).fill(level) }),
      says: '6 levels, its integer arithmetic (A-8) takes 1 to 5',
    },
    {
      geometry: make(8, 1, 1, { regMax: 0 }),
      says: '0 bins a side, its integer arithmetic (A-8) takes 1 to 16',
    },
    { geometry: make(8, 1, 1, { regMax: 17 }), says: '17 bins a side' },
    {
      geometry: make(8, 1, 1, { classes: 0 }),
      says: '0 classes, its integer arithmetic (A-8) takes 1 to 1024',
    },
    { geometry: make(8, 1, 1, { classes: 1025 }), says: '1025 classes' },
    {
      geometry: make(0, 1, 1),
      says: 'a level of stride 0, its integer arithmetic (A-8) takes powers of two',
    },
    { geometry: make(256, 1, 1), says: 'a level of stride 256' },
    { geometry: make(24, 1, 1), says: 'a level of stride 24' },
  ])('refuses what A-8 is not defined for: $says', ({ geometry: wrong, says }) => {
    expect(() => checkGeometry(wrong, 'net.pt')).toThrow(InputError)
    expect(() => checkGeometry(wrong, 'net.pt')).toThrow(`net.pt: the detect head has ${says}`)
    expect(() => checkGeometry(wrong)).toThrow('integer model: the detect head has')
  })

  test('takes one to five levels, and up to 1024 classes', () => {
    for (const levels of [[level], new Array(5).fill(level)])
      for (const classes of [1, 1024])
        expect(() => checkGeometry({ levels, regMax: 16, classes })).not.toThrow()
  })
})
