import { describe, expect, test } from 'vitest'
import {
  type AddMeaning,
  type ConvMeaning,
  DETECT_RULES,
  type DetectMeaning,
  type Hit,
  type LayerMeaning,
  mergeCoverage,
  NO_COVERAGE,
} from '../../src/stimulus/coverage.ts'
import { summariseCoverage } from '../../src/stimulus/summary.ts'

const hit = (count: number, possible = true): Hit => ({ count, possible })

const conv = (own: Partial<ConvMeaning> = {}): ConvMeaning => ({
  kind: 'conv',
  tiesAbove: hit(1),
  tiesBelow: hit(1),
  clampLow: hit(2),
  clampHigh: hit(3),
  padding: hit(4),
  entries: Uint8Array.of(1, 0, 1, 0),
  entriesReachable: 2,
  hasTable: true,
  sumBits: 9,
  sumBitsPossible: 9,
  ...own,
})
const add = (own: Partial<AddMeaning> = {}): AddMeaning => ({
  kind: 'add',
  tiesAbove: hit(1),
  tiesBelow: hit(1),
  clampLow: hit(2),
  clampHigh: hit(3),
  ...own,
})
const detect = (own: Partial<DetectMeaning> = {}): DetectMeaning => ({
  ...(Object.fromEntries(DETECT_RULES.map((rule, index) => [rule, hit(index + 1)])) as DetectMeaning),
  ...own,
})
const summarise = (layers: readonly (readonly [string, LayerMeaning])[], head: DetectMeaning | null = null) =>
  summariseCoverage({ layers: new Map(layers), detect: head })

test('nothing that ran has no row', () => {
  expect(summariseCoverage(NO_COVERAGE)).toEqual({ rows: [], notExercised: [], impossible: [] })
})

test('a row for each rule says in how many places it can matter, and in how many it did', () => {
  const { rows, ...lacks } = summarise([
    ['a', conv()],
    [
      'b',
      conv({
        tiesAbove: hit(10),
        tiesBelow: hit(9),
        clampLow: hit(20),
        clampHigh: hit(30),
        padding: hit(40),
      }),
    ],
    ['c', add()],
  ])
  expect(rows.map(({ rule, unit, hit: own, of, count }) => [rule, unit, own, of, count])).toEqual([
    ['rounding ties', 'layers', 2, 2, 11],
    ['rounding ties below 0', 'layers', 2, 2, 10],
    ['clamped low', 'layers', 2, 2, 22],
    ['clamped high', 'layers', 2, 2, 33],
    ['accumulator bits', 'layers', 2, 2, 2],
    ['padding taps', 'layers', 2, 2, 44],
    ['ties of additions', 'layers', 1, 1, 1],
    ['ties of additions below 0', 'layers', 1, 1, 1],
    ['additions saturated low', 'layers', 1, 1, 2],
    ['additions saturated high', 'layers', 1, 1, 3],
    ['table entries', 'entries', 4, 4, 4],
  ])
  expect(lacks).toEqual({ notExercised: [], impossible: [] })
  expect(rows.flatMap(({ missing }) => missing)).toEqual([])
})

test.each<[string, Partial<ConvMeaning>, string]>([
  ['rounding ties', { tiesAbove: hit(0) }, 'a: no sum from 0 on whose rounding tie shows'],
  ['rounding ties below 0', { tiesBelow: hit(0) }, 'a: no sum below 0 whose rounding tie shows'],
  ['clamped low', { clampLow: hit(0) }, 'a: no code clamped at 0'],
  ['clamped high', { clampHigh: hit(0) }, 'a: no code clamped at the largest'],
  ['accumulator bits', { sumBits: 8 }, 'a: no sum of all the bits that weights allow'],
  ['padding taps', { padding: hit(0) }, 'a: no tap in the padding'],
  ['table entries', { entries: Uint8Array.of(1, 0, 0, 0) }, '1 of 4 table entries not read, in 1 layer'],
])('a convolution that lacks %s is told by name', (rule, own, lack) => {
  const { rows, notExercised, impossible } = summarise([
    ['a', conv(own)],
    ['b', conv()],
  ])
  expect([notExercised, impossible]).toEqual([[lack], []])
  const row = rows.find((one) => one.rule === rule)!
  expect(row.missing).toEqual(['a'])
  expect(row.of - row.hit).toBe(1)
})

test.each<[string, Partial<AddMeaning>, string]>([
  ['ties of additions', { tiesAbove: hit(0) }, 'a: no addition on a rounding tie from 0 on'],
  ['ties of additions below 0', { tiesBelow: hit(0) }, 'a: no addition on a rounding tie below 0'],
  ['additions saturated low', { clampLow: hit(0) }, 'a: no addition saturated at 0'],
  ['additions saturated high', { clampHigh: hit(0) }, 'a: no addition saturated at the largest code'],
])('an addition that lacks %s is told by name', (_, own, lack) => {
  expect(summarise([['a', add(own)]])).toMatchObject({ notExercised: [lack], impossible: [] })
})

test('what no layer can exercise is told apart from what none did', () => {
  const never = hit(0, false)
  const { rows, notExercised, impossible } = summarise([
    ['a', conv({ padding: never, tiesAbove: never })],
    ['b', conv({ padding: never, tiesAbove: hit(0) })],
    ['c', add({ tiesAbove: never })],
  ])
  expect(notExercised).toEqual(['b: no sum from 0 on whose rounding tie shows'])
  expect(impossible).toEqual([
    'no tap in the padding in any layer',
    'no addition on a rounding tie from 0 on in any layer',
  ])
  expect(rows[0]).toMatchObject({ rule: 'rounding ties', hit: 0, of: 1, missing: ['b'] })
})

test('three layers are named, and the rest counted', () => {
  const layers = ['a', 'b', 'c', 'd', 'e'].map((name) => [name, conv({ tiesAbove: hit(0) })] as const)
  expect(summarise(layers.slice(0, 3)).notExercised).toEqual([
    'a, b, c: no sum from 0 on whose rounding tie shows',
  ])
  expect(summarise(layers).notExercised).toEqual([
    'a, b, c and 2 more: no sum from 0 on whose rounding tie shows',
  ])
})

test('table entries are those of layers with a table, and thousands of them are set apart', () => {
  const wide = { entries: new Uint8Array(4096), entriesReachable: 4000 }
  const { rows, notExercised } = summarise([
    ['a', conv(wide)],
    ['b', conv({ ...wide, hasTable: false })],
    ...['c', 'd', 'e'].map((name) => [name, conv({ entriesReachable: 3 })] as const),
  ])
  expect(rows.at(-1)).toEqual({
    rule: 'table entries',
    unit: 'entries',
    hit: 6,
    of: 4009,
    count: 6,
    missing: ['a', 'c', 'd'],
  })
  expect(notExercised).toEqual(['4,003 of 4,009 table entries not read, in 4 layers'])
  expect(summarise([['b', conv({ ...wide, hasTable: false })]]).rows.map(({ rule }) => rule)).not.toContain(
    'table entries',
  )
})

describe('q_NMS', () => {
  test('has a row for each rule', () => {
    const { rows, notExercised, impossible } = summarise([], detect())
    expect(rows).toEqual(
      [
        'no candidate',
        'ties of scores',
        'ties of classes',
        'kept beside the same class',
        'suppressed',
        'overlaps across classes',
        'overlap at the threshold',
        'overlap just over it',
        'overlap just under it',
        'capacity reached',
        'capacity exceeded',
        'max_det reached',
        'negative corners',
        'boxes without area',
      ].map((rule, index) => ({ rule, unit: 'q_NMS', hit: 1, of: 1, count: index + 1, missing: [] })),
    )
    expect([notExercised, impossible]).toEqual([[], []])
  })

  test.each([
    ['noCandidate', 'run without a candidate'],
    ['scoreTies', 'two candidates with one code'],
    ['classTies', 'anchor of which two classes have the best code'],
    ['keptBySameClass', 'box kept beside an overlapping one of its class'],
    ['suppressedBySameClass', 'box suppressed'],
    ['crossClassOverlaps', 'cross-class overlap'],
    ['overlapAtThreshold', 'overlap exactly at the threshold'],
    ['overlapJustOver', 'overlap just over the threshold'],
    ['overlapJustUnder', 'overlap just under the threshold'],
    ['capacityReached', 'as many candidates as the capacity'],
    ['capacityExceeded', 'more candidates than the capacity'],
    ['maxDetectionsReached', 'as many boxes as may be kept'],
    ['negativeCorners', 'corner left of or above the image'],
    ['zeroAreaBoxes', 'box without area'],
  ] as const)('says that %s was lacking, or could not be', (rule, lack) => {
    expect(summarise([], detect({ [rule]: hit(0) }))).toMatchObject({
      notExercised: [`q_NMS: no ${lack}`],
      impossible: [],
    })
    const { rows, ...told } = summarise([], detect({ [rule]: hit(0, false) }))
    expect(told).toEqual({ notExercised: [], impossible: [`q_NMS: no ${lack}`] })
    expect(rows[DETECT_RULES.indexOf(rule)]).toMatchObject({ hit: 0, of: 0 })
  })
})

describe('mergeCoverage', () => {
  const of = (layers: readonly (readonly [string, LayerMeaning])[], head: DetectMeaning | null = null) => ({
    layers: new Map(layers),
    detect: head,
  })

  test('adds what two runs did to one layer, and keeps the layers of each', () => {
    const a = conv({ tiesAbove: hit(1, false), clampLow: hit(2, false), padding: hit(4, false), sumBits: 3 })
    const b = conv({
      tiesAbove: hit(10),
      tiesBelow: hit(0),
      clampLow: hit(20, false),
      clampHigh: hit(30),
      padding: hit(40),
      entries: Uint8Array.of(0, 0, 1, 1),
      sumBits: 7,
    })
    const merged = mergeCoverage(
      of([
        ['a', a],
        ['c', add()],
      ]),
      of([
        ['a', b],
        ['d', add()],
      ]),
    )
    expect([...merged.layers.keys()]).toEqual(['a', 'c', 'd'])
    expect(merged.layers.get('a')).toEqual(
      conv({
        tiesAbove: hit(11),
        tiesBelow: hit(1),
        clampLow: hit(22, false),
        clampHigh: hit(33),
        padding: hit(44),
        entries: Uint8Array.of(1, 0, 1, 1),
        sumBits: 7,
      }),
    )
    expect(mergeCoverage(of([['a', b]]), of([['a', a]])).layers.get('a')).toMatchObject({
      sumBits: 7,
      tiesAbove: hit(11),
    })
    expect(merged.layers.get('d')).toEqual(add())
  })

  test('adds two additions', () => {
    const merged = mergeCoverage(
      of([['a', add()]]),
      of([['a', add({ tiesAbove: hit(0, false), clampHigh: hit(9) })]]),
    )
    expect(merged.layers.get('a')).toEqual(
      add({ tiesAbove: hit(1), tiesBelow: hit(2), clampLow: hit(4), clampHigh: hit(12) }),
    )
  })

  test('adds what q_NMS did, where it ran', () => {
    const twice = Object.fromEntries(DETECT_RULES.map((rule, index) => [rule, hit(2 * index + 2)]))
    expect(mergeCoverage(of([], detect()), of([], detect())).detect).toEqual(twice)
    expect(mergeCoverage(of([], detect()), NO_COVERAGE).detect).toEqual(detect())
    expect(mergeCoverage(NO_COVERAGE, of([], detect())).detect).toEqual(detect())
    expect(mergeCoverage(NO_COVERAGE, NO_COVERAGE)).toEqual(NO_COVERAGE)
  })
})

test('sums that an accumulator does not hold have a row where a profile lets them be', () => {
  const rule = 'accumulator overflows'
  const rowOf = (layers: Parameters<typeof summarise>[0]) =>
    summarise(layers).rows.find((row) => row.rule === rule)
  expect(rowOf([['a', conv()]])).toBeUndefined()
  const { layers } = mergeCoverage(
    { layers: new Map([['a', conv({ overflow: hit(0) })]]), detect: null },
    { layers: new Map([['a', conv({ overflow: hit(3) })]]), detect: null },
  )
  expect(rowOf([...layers, ['b', conv({ overflow: hit(0) })]])).toMatchObject({
    ...{ hit: 1, of: 2, count: 3, missing: ['b'] },
  })
  expect(summarise([['a', conv({ overflow: hit(0, false) })]]).impossible).toContain(
    'no sum that the accumulator does not hold in any layer',
  )
})
