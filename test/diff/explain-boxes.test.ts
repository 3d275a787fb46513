/** Every hypothesis, planted in golden heads with many boxes, is the one that is named; boxes that are merely damaged have no cause. */
import { describe, expect, test } from 'vitest'
import type { BoxHypothesis } from '../../src/diff/box-fault.ts'
import { listBoxHypotheses } from '../../src/diff/box-hypotheses.ts'
import { compareBoxes } from '../../src/diff/boxes.ts'
import { explainBoxes } from '../../src/diff/explain-boxes.ts'
import { HEAD_RULES } from '../../src/golden/head-rules.ts'
import { detectSpec } from '../../src/golden/head-spec.ts'
import type { NmsOptions, NmsResult } from '../../src/golden/types.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type HeadVector, makeHeadVector } from '../golden/head-vectors.ts'

const levels = [
  [8, 20, 20],
  [16, 10, 10],
  [32, 5, 5],
] as const

const makeCrowd = (own: Partial<NmsOptions>, settings: object = {}): HeadVector =>
  makeHeadVector({
    ...{ seed: 1, levels, classes: 12, classRange: [150, 215] },
    ...settings,
    options: { minCode: 200, ...own },
  })

/** Between them every rule makes a difference. */
const VECTORS: readonly HeadVector[] = [
  makeCrowd({}),
  makeCrowd({ iouThreshold: 614 }),
  makeCrowd({ iouThreshold: 300 }),
  makeCrowd({ multiLabel: true, capacity: 100, maxDetections: 40 }, { classes: 6 }),
  makeCrowd({ capacity: 100 }),
  // Codes on both sides of 128, so that their signs matter, and many classes.
  makeCrowd({}, { classes: 2, classRange: [60, 215] }),
  makeCrowd({ minCode: 205, iouThreshold: 60, maxDetections: 1000 }, { classes: 80 }),
  // One class whose boxes have much the same size: pairs on both sides of T, close to it.
  makeCrowd({ minCode: 100, maxDetections: 1000 }, { seed: 8, classes: 1, boxRange: [0, 60] }),
  // Equal boxes 40 pixels apart have an IoU of exactly 1/2.
  makeHeadVector({
    ...{ seed: 4, levels: [[8, 20, 20]], classes: 3, boxRange: [9, 9], classRange: [180, 215] },
    options: { minCode: 200, iouThreshold: 512 },
  }),
]
const LANES = 4

const find = (
  { geometry, head, boxCodes, classCodes, options }: HeadVector,
  { rules, options: own }: Pick<BoxHypothesis, 'rules' | 'options'> = {},
): NmsResult =>
  detectSpec(geometry, head, boxCodes, classCodes, { ...options, ...own }, { ...HEAD_RULES, ...rules })

const explain = (vector: HeadVector, actual: NmsResult) =>
  explainBoxes({ ...vector, lanes: LANES }, find(vector), actual)

/** The faults of all vectors by their names. */
const FAULTS = new Map(
  VECTORS.flatMap((vector) => listBoxHypotheses({ ...vector, lanes: LANES })).map((fault) => [
    fault.id,
    fault,
  ]),
)

describe('a planted fault', () => {
  test.each([...FAULTS.keys()])('%s is named first, and explains all', (id) => {
    const plants = VECTORS.flatMap((vector) => {
      const fault = listBoxHypotheses({ ...vector, lanes: LANES }).find((one) => one.id === id)
      const actual = find(vector, fault)
      const shows = actual.boxes.length > 20 && compareBoxes(find(vector), actual).mismatches > 0
      return shows ? [{ vector, fault: fault!, actual }] : []
    })
    const named = plants.find(({ vector, actual }) => explain(vector, actual)?.cause?.id === id)
    const { vector, fault, actual } = named!
    const kind = explain(vector, actual)
    expect(kind).toMatchObject({
      name: fault.name,
      evidence: expect.stringContaining(`explained completely by: ${fault.says}`),
      cause: { says: fault.says, elements: kind!.cause!.explained },
    })
  })
})

test('two faults that find the same boxes are both named', () => {
  const vector = makeCrowd({ iouThreshold: 614 })
  const kind = explain(vector, find(vector, FAULTS.get('none-suppressed')))
  expect(kind!.evidence).toMatch(
    /^explained completely by: no suppression at all\. On these boxes the same as: the sum/,
  )
})

test('a fault that leaves some boxes unexplained is named with its count', () => {
  const vector = VECTORS[0]!
  const actual = find(vector, FAULTS.get('exp-index+1'))
  const boxes = actual.boxes.map((box, index) => (index % 50 === 7 ? { ...box, x0: box.x0 ^ 64 } : box))
  expect(explain(vector, { ...actual, boxes })).toMatchObject({
    name: 'box-decode',
    evidence: expect.stringMatching(
      /^294 of 300 boxes are explained by: E at m − l \+ 1 in A-8; without it \d+ are right$/,
    ),
    cause: { id: 'exp-index+1', explained: 294, elements: 300 },
  })
})

describe('no cause', () => {
  const vector = VECTORS[0]!
  const golden = find(vector)

  test.each<{ because: string; damage: (random: (below: number) => number) => NmsResult }>([
    {
      because: 'one bit of one corner',
      damage: (random) => {
        const at = random(golden.boxes.length)
        const bit = 1 << random(12)
        const boxes = golden.boxes.map((box, i) => (i === at ? { ...box, y1: box.y1 ^ bit } : box))
        return { ...golden, boxes }
      },
    },
    {
      because: 'a box in the middle is lost',
      damage: (random) => {
        const at = 10 + random(golden.boxes.length - 20)
        return { ...golden, boxes: golden.boxes.filter((_, i) => i !== at) }
      },
    },
    {
      because: 'random classes',
      damage: (random) => ({
        ...golden,
        boxes: golden.boxes.map((box) => ({ ...box, classIndex: random(12) })),
      }),
    },
    {
      because: 'shuffled boxes',
      damage: (random) => {
        const keys = golden.boxes.map(() => random(1 << 30))
        const boxes = golden.boxes.map((box, i) => ({ box, key: keys[i]! })).sort((a, b) => a.key - b.key)
        return { ...golden, boxes: boxes.map(({ box }) => box) }
      },
    },
    { because: 'another number of candidates', damage: () => ({ ...golden, candidates: 12 }) },
    { because: 'no box at all', damage: () => ({ ...golden, boxes: [] }) },
  ])('$because', ({ damage }) => {
    const random = makeRandom(3)
    for (let round = 0; round < 3; round++) expect(explain(vector, damage(random))).toBeNull()
  })
})

test('a frame of 8,400 anchors and 80 classes takes less than two seconds', () => {
  const vector = makeHeadVector({
    ...{ seed: 9, classes: 80, classRange: [100, 203] },
    levels: [
      [8, 80, 80],
      [16, 40, 40],
      [32, 20, 20],
    ],
    options: { minCode: 200 },
  })
  const actual = find(vector, FAULTS.get('half-missing'))
  const before = process.cpuUsage()
  expect(explain(vector, actual)!.cause!.id).toBe('half-missing')
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1e6).toBeLessThan(2)
})
