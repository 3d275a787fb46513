import { describe, expect, test } from 'vitest'
import {
  bestClass,
  type Candidate,
  type Corners,
  compareCandidates,
  overlaps,
} from '../../src/golden/head-rules.ts'
import { decodeBox, decodeSide, detectSpec } from '../../src/golden/head-spec.ts'
import { makeExpTable } from '../../src/golden/head-tables.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type HeadVector, makeHeadVector } from './head-vectors.ts'

const detect = ({ geometry, head, boxCodes, classCodes, options }: HeadVector) =>
  detectSpec(geometry, head, boxCodes, classCodes, options)

describe('decodeSide (A-8)', () => {
  const scale = 0.07
  const table = makeExpTable({ scale, zeroPoint: 0, bits: 8 })

  test.each([
    { because: 'one hot bin gives that bin', logits: [0, 0, 255, 0], stride: 8, sixteenths: 2 * 8 * 16 },
    { because: 'equal bins give their mean', logits: [9, 9, 9, 9], stride: 8, sixteenths: 1.5 * 8 * 16 },
    { because: 'a half rounds up', logits: [7, 7], stride: 1, sixteenths: 8 },
    { because: 'one bin is no distance', logits: [200], stride: 32, sixteenths: 0 },
  ])('$because', ({ logits, stride, sixteenths }) => {
    const steep = makeExpTable({ scale: 1, zeroPoint: 0, bits: 8 })
    expect(decodeSide(steep, logits, stride)).toBe(sixteenths)
  })

  test('is within one sixteenth and the table error of a float softmax', () => {
    const random = makeRandom(11)
    for (let round = 0; round < 2000; round++) {
      const stride = [8, 16, 32][round % 3]!
      const logits = Array.from({ length: 16 }, () => random(256))
      const weights = logits.map((code) => Math.exp(scale * code))
      const expectation = weights.reduce((sum, w, bin) => sum + bin * w, 0) / weights.reduce((a, b) => a + b)
      // Each e is off by at most 1/2 of 65535 and den is at least 65535, so the expectation moves by at most
      // (sum of |bin - expectation|) / 2 / 65535 <= 120 / 131070; the last rounding adds half a sixteenth.
      const bound = (120 / 131070) * stride * 16 * 1.01 + 0.5
      expect(Math.abs(decodeSide(table, logits, stride) - expectation * stride * 16)).toBeLessThanOrEqual(
        bound,
      )
    }
  })

  test('equals a BigInt evaluation of the clause', () => {
    const random = makeRandom(12)
    for (let round = 0; round < 1000; round++) {
      const logits = Array.from({ length: 1 + random(16) }, () => random(256))
      const stride = 2 ** random(8)
      const e = logits.map((code) => BigInt(table[Math.max(...logits) - code]!))
      const den = e.reduce((a, b) => a + b)
      const num = e.reduce((sum, value, bin) => sum + BigInt(bin) * value, 0n)
      expect(decodeSide(table, logits, stride)).toBe(Number((num * BigInt(stride) * 16n + den / 2n) / den))
    }
  })
})

test('decodeBox takes the sides left, top, right, bottom from the centre of the cell (A-8)', () => {
  const table = makeExpTable({ scale: 1, zeroPoint: 0, bits: 8 })
  const hot = (bin: number) => [0, 1, 2, 3].map((index) => (index === bin ? 255 : 0))
  const logits = [...hot(0), ...hot(1), ...hot(2), ...hot(3)]
  // Stride 8: the centre of cell (2, 1) is (20, 12) pixels, (320, 192) sixteenths.
  expect(decodeBox(table, logits, 8, 2, 1)).toEqual({ x0: 320, y0: 192 - 128, x1: 320 + 256, y1: 192 + 384 })
})

test('bestClass takes the lowest index of a tie (A-9)', () => {
  expect(bestClass([3, 7, 7, 1])).toBe(1)
  expect(bestClass([0])).toBe(0)
  expect(bestClass([0, 0])).toBe(0)
})

test('the order is code descending, anchor ascending, class ascending (A-10.2)', () => {
  const at = (code: number, anchor: number, classIndex: number): Candidate => ({
    code,
    anchor,
    classIndex,
    level: 0,
    x: anchor,
    y: 0,
  })
  const order = [at(9, 5, 5), at(9, 5, 6), at(9, 6, 0), at(8, 0, 0)]
  expect([...order].reverse().sort(compareCandidates)).toEqual(order)
})

describe('overlaps (A-10.4)', () => {
  test('equals a comparison of exact fractions, and a float IoU away from the threshold', () => {
    const random = makeRandom(21)
    const counts = { suppressed: 0, kept: 0, equal: 0 }
    for (let round = 0; round < 20000; round++) {
      const span = [4, 40, 65536][round % 3]!
      const box = (): Corners => {
        const [x0, y0] = [random(span) - span / 2, random(span) - span / 2]
        return { x0, y0, x1: x0 + random(span / 2), y1: y0 + random(span / 2) }
      }
      const [a, b] = [box(), box()]
      const threshold = [0, 256, 512, 717, 1024][random(5)]!
      const axis = (lowA: number, highA: number, lowB: number, highB: number) =>
        BigInt(Math.max(0, Math.min(highA, highB) - Math.max(lowA, lowB)))
      const inter = axis(a.x0, a.x1, b.x0, b.x1) * axis(a.y0, a.y1, b.y0, b.y1)
      const area = (c: Corners) => BigInt(c.x1 - c.x0) * BigInt(c.y1 - c.y0)
      const union = area(a) + area(b) - inter
      // inter / union > T / 2^10, cross-multiplied: nothing is rounded.
      const exact = inter * 1024n > BigInt(threshold) * union
      expect(overlaps(a, b, threshold)).toBe(exact)
      const iou = union === 0n ? 0 : Number(inter) / Number(union)
      const isClear = Math.abs(iou - threshold / 1024) > 1e-9
      expect(exact).toBe(isClear ? iou > threshold / 1024 : exact)
      counts.equal += isClear ? 0 : 1
      counts[exact ? 'suppressed' : 'kept']++
    }
    expect(Math.min(counts.suppressed, counts.kept, counts.equal)).toBeGreaterThan(100)
  })

  test('an IoU of exactly T is not suppressed', () => {
    const a = { x0: 0, y0: 0, x1: 2, y1: 1 }
    const b = { x0: 0, y0: 0, x1: 1, y1: 1 }
    expect(overlaps(a, b, 512)).toBe(false)
    expect(overlaps(a, b, 511)).toBe(true)
  })

  test('the largest boxes of 16-bit corners are exact', () => {
    const a = { x0: -32768, y0: -32768, x1: 32767, y1: 32767 }
    expect(overlaps(a, a, 1024)).toBe(false)
    expect(overlaps(a, a, 1023)).toBe(true)
  })
})

describe('detectSpec', () => {
  const twoCells = makeHeadVector({ seed: 1, levels: [[8, 1, 2]], classes: 2, boxRange: [9, 9] })

  test('keeps the better of two boxes that coincide, and both where the classes differ', () => {
    // Equal bins put the same large box (60 pixels to each side at regMax 16) around cells that are 8 pixels apart.
    const same = detect({ ...twoCells, classCodes: [Uint8Array.of(200, 210, 0, 0)] })
    expect(same.boxes.map(({ anchor, code }) => ({ anchor, code }))).toEqual([{ anchor: 1, code: 210 }])
    const different = detect({ ...twoCells, classCodes: [Uint8Array.of(200, 0, 0, 210)] })
    expect(different.boxes.map(({ anchor, classIndex }) => [anchor, classIndex])).toEqual([
      [1, 1],
      [0, 0],
    ])
  })

  test('counts what the capacity drops, and drops the last of the order', () => {
    const { options } = twoCells
    const result = detect({
      ...twoCells,
      classCodes: [Uint8Array.of(200, 0, 0, 210)],
      options: { ...options, capacity: 1 },
    })
    expect(result).toMatchObject({ candidates: 2, overflow: true, boxes: [{ anchor: 1 }] })
  })

  test('multi-label offers every class of an anchor', () => {
    const { options } = twoCells
    const classCodes = [Uint8Array.of(200, 0, 201, 128)]
    expect(detect({ ...twoCells, classCodes }).candidates).toBe(2)
    const every = detect({ ...twoCells, classCodes, options: { ...options, multiLabel: true } })
    expect(every.candidates).toBe(3)
    expect(every.boxes.map(({ anchor, classIndex }) => [anchor, classIndex])).toEqual([
      [0, 1],
      [0, 0],
    ])
  })

  test('numbers anchors level by level', () => {
    const vector = makeHeadVector({ seed: 5, levels: [[8, 2, 3], [16, 1, 2]], classes: 1, classRange: [0, 9] }) // biome-ignore format: a level an element
    vector.classCodes[1]![1] = 250
    expect(detect(vector).boxes).toMatchObject([{ anchor: 7, code: 250 }])
  })

  test('refuses an image whose corners would not fit 16 bits', () => {
    expect(() => detect(makeHeadVector({ seed: 1, levels: [[32, 1, 50]], classes: 1 }))).toThrow(
      /smaller --size, of at most 1568 pixels/,
    )
    expect(() => detect(makeHeadVector({ seed: 1, levels: [[32, 1, 49]], classes: 1 }))).not.toThrow()
  })

  test('refuses a tensor of another size', () => {
    expect(() => detect({ ...twoCells, classCodes: [new Uint8Array(3)] })).toThrow(
      'Expected 4 codes for the class logits of level 0, got 3.',
    )
  })
})
