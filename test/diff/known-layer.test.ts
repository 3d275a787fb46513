/** Names by shape of a layer that is known, and rules of boxes by numbers. */
import { describe, expect, test } from 'vitest'
import { listBoxHypotheses } from '../../src/diff/box-hypotheses.ts'
import { findZeros } from '../../src/diff/fault-ends.ts'
import type { FaultContext } from '../../src/diff/fault-evidence.ts'
import { describeExtent, findPlace } from '../../src/diff/fault-places.ts'
import { HEAD_RULES } from '../../src/golden/head-rules.ts'
import type { Shape } from '../../src/graph/types.ts'
import { onesAt, type Place, places } from './difference.ts'

const known = (node: object) => ({ layer: { node, inputs: [] } }) as unknown as FaultContext
const find = (shape: Shape, context: FaultContext, takes: (...at: Place) => boolean) =>
  findPlace(onesAt(shape, places(shape, takes)), context)

describe('a layer that is known', () => {
  test('has a border where it has padding', () => {
    const shape = [4, 20, 21] as const
    const name = (node: object) => find(shape, known(node), (_c, y) => y === 0)?.name
    expect(name({ op: 'conv', padding: 1 })).toBe('border')
    expect(name({ op: 'max-pool' })).toBe('border')
    expect(name({ op: 'conv', padding: 0 })).not.toBe('border')
    expect(name({ op: 'add' })).not.toBe('border')
  })

  test('has lanes of the widths of the hardware', () => {
    const context = known({ op: 'add' })
    const lane = find([32, 5, 5], context, (channel) => channel % 8 === 3)
    expect(lane?.evidence).toMatch(/in lane 3 of every 8 channels/)
    const fifth = find([8, 10, 20], context, (_c, _y, x) => x % 5 === 3)
    expect(fifth?.evidence ?? '').not.toMatch(/every 5/)
  })
})

test.each([
  { channels: [1, 2], text: 'channels 1 to 2, row 0, column 0' },
  { channels: [1, 5], text: 'channels 1 and 5, row 0, column 0' },
  { channels: [0, 2, 4, 6], text: 'channels 0 to 6, row 0, column 0' },
])('the extent in channels $channels', ({ channels, text }) => {
  const at = channels.map((channel): Place => [channel, 0, 0])
  expect(describeExtent(onesAt([8, 2, 2], at))).toBe(text)
})

test.each([
  { values: [255, 255, 255, 255], isNamed: false },
  { values: [0, 255, 255, 255], isNamed: false },
  { values: [255, 50, 255, 255], isNamed: true },
  { values: [10, 20, 30, 40], isNamed: true },
])('channels of one value each, $values: only the bias arrives: $isNamed', ({ values, isNamed }) => {
  const expected = Uint8Array.from({ length: 64 }, (_, i) => 100 + (i % 16))
  const actual = expected.map((_, i) => values[i >> 4]!)
  const wrong = Int32Array.from(expected.keys())
  const found = findZeros({ expected, actual, shape: [4, 4, 4], wrong, maxCode: 255, offset: 0 })
  expect(found !== null).toBe(isNamed)
})

describe('rules of boxes', () => {
  const geometry = { regMax: 16, classes: 80, levels: [{ stride: 8, height: 2, width: 2 }] }
  const options = { minCode: 100, iouThreshold: 717, capacity: 9, maxDetections: 9, multiLabel: false }
  const head = { sigmoidTable: new Uint16Array(256) }
  const all = listBoxHypotheses({ geometry, head, options, lanes: 16 })
  const rules = (id: string) => ({ ...HEAD_RULES, ...all.find((one) => one.id === id)!.rules })

  test('a signed threshold', () => {
    const { reaches } = rules('threshold-signed')
    expect([reaches(200, 130), reaches(100, 200), reaches(130, 100)]).toEqual([true, true, false])
  })

  test('scores without bits', () => {
    const table = Uint16Array.of(0x1234)
    expect(rules('score-low-8-bits-lost').score(table, 0)).toBe(0x1200)
    expect(rules('score-high-8-bits-lost').score(table, 0)).toBe(0x34)
  })

  test('another corner in the intersection, and both ends counted', () => {
    const a = { x0: 10, y0: 10, x1: 110, y1: 110 }
    const b = { x0: 10, y0: 60, x1: 110, y1: 140 }
    const far = { x0: 200, y0: 200, x1: 210, y1: 210 }
    expect(HEAD_RULES.overlaps(a, b, 900)).toBe(false)
    expect(rules('intersection-y0').overlaps(a, b, 900)).toBe(true)
    expect(rules('intersection-y1').overlaps(a, b, 900)).toBe(false)
    expect(rules('intersection-y0').overlaps(a, far, 900)).toBe(false)
    expect(rules('iou-inclusive').overlaps(a, a, 1000)).toBe(true)
    expect(rules('iou-inclusive').overlaps(a, far, 900)).toBe(false)
  })
})
