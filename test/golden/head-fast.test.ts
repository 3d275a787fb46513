import { describe, expect, test } from 'vitest'
import { detectFast } from '../../src/golden/head-fast.ts'
import { detectSpec } from '../../src/golden/head-spec.ts'
import type { NmsOptions } from '../../src/golden/types.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { makeHeadVector, type VectorSettings } from './head-vectors.ts'

const grids = [
  [8, 7, 5],
  [16, 4, 3],
  [32, 2, 1],
] as const
/** P2 and P6 beside them. */
const five = [[4, 9, 11], ...grids, [64, 1, 2]] as const

const expectSame = (settings: VectorSettings) => {
  const { geometry, head, boxCodes, classCodes, options } = makeHeadVector(settings)
  const expected = detectSpec(geometry, head, boxCodes, classCodes, options)
  expect(detectFast(geometry, head, boxCodes, classCodes, options)).toEqual(expected)
  return expected
}

describe.each([false, true])('detectFast equals detectSpec, multi-label %s', (multiLabel) => {
  test.each<{ because: string; settings: Partial<VectorSettings>; options?: Partial<NmsOptions> }>([
    { because: 'random codes', settings: { classes: 17 } },
    { because: 'one class', settings: { classes: 1 }, options: { minCode: 0 } },
    { because: 'ties: two codes only', settings: { classes: 6, classRange: [200, 201] } },
    {
      because: 'ties and overflow',
      settings: { classes: 6, classRange: [200, 201] },
      options: { capacity: 20 },
    },
    {
      because: 'every code equal',
      settings: { classes: 5, classRange: [200, 200] },
      options: { capacity: 33 },
    },
    { because: 'no candidate', settings: { classRange: [0, 127] } },
    { because: 'a threshold above every code', settings: {}, options: { minCode: 256 } },
    { because: 'capacity 1', settings: {}, options: { capacity: 1 } },
    { because: 'max_det reached', settings: { classes: 9 }, options: { maxDetections: 4 } },
    { because: 'no box wanted', settings: {}, options: { maxDetections: 0 } },
    { because: 'any overlap suppresses', settings: {}, options: { iouThreshold: 0, minCode: 0 } },
    { because: 'four levels: P2', settings: { levels: five.slice(0, 4) }, options: { capacity: 90 } },
    { because: 'four levels: P6', settings: { levels: five.slice(1) }, options: { minCode: 0 } },
    { because: 'five levels', settings: { levels: five, classes: 4 } },
    { because: '4 bits, 3 bins', settings: { bits: 4, regMax: 3, classes: 2 } },
  ])('$because', ({ settings, options }) => {
    for (let seed = 0; seed < 5; seed++) {
      expectSame({ seed, levels: grids, ...settings, options: { multiLabel, ...options } })
    }
  })

  test('random settings', () => {
    const random = makeRandom(99)
    const seen = { overflow: 0, suppressed: 0, full: 0 }
    for (let seed = 0; seed < 150; seed++) {
      const bits = 4 + random(5)
      const low = random(2 ** bits)
      const options = {
        multiLabel,
        minCode: random(2 ** bits),
        iouThreshold: random(1025),
        capacity: 1 + random(80),
        maxDetections: random(40),
      }
      const levels = five.slice(0, 1 + random(5))
      const result = expectSame({
        seed,
        levels,
        bits,
        classes: 1 + random(9),
        regMax: 1 + random(16),
        classRange: [low, low + random(2 ** bits - low)],
        options,
      })
      seen.overflow += Number(result.overflow)
      seen.full += Number(result.boxes.length === options.maxDetections)
      seen.suppressed += Number(result.boxes.length < Math.min(result.candidates, options.maxDetections))
    }
    expect(Math.min(seen.overflow, seen.suppressed, seen.full)).toBeGreaterThan(10)
  })

  test('a single candidate', () => {
    const vector = makeHeadVector({ seed: 3, levels: grids, classRange: [0, 100], options: { multiLabel } })
    vector.classCodes[1]![5] = 222
    const { geometry, head, boxCodes, classCodes, options } = vector
    const expected = detectSpec(geometry, head, boxCodes, classCodes, options)
    expect(expected).toMatchObject({ candidates: 1, overflow: false, boxes: [{ anchor: 40, code: 222 }] })
    expect(detectFast(geometry, head, boxCodes, classCodes, options)).toEqual(expected)
  })

  test('8400 anchors of 80 classes are more than it has room for', () => {
    const { geometry, head, boxCodes, classCodes, options } = makeHeadVector({
      seed: 8,
      levels: [
        [8, 80, 80],
        [16, 40, 40],
        [32, 20, 20],
      ],
      classes: 80,
      options: { multiLabel, minCode: 200 },
    })
    expect(detectFast(geometry, head, boxCodes, classCodes, options).overflow).toBe(true)
  })
})
