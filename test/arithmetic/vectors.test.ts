/**
 * Vectors that are not ours: what public implementations computed of single accumulators, against the profiles that say they are
 * their arithmetic. The head of each file of vectors/ says whose code made it, and how.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { DESIGNS } from '../../src/arithmetic/designs.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { type ChannelParameters, ROUNDINGS, type Stage, withRounding } from '../../src/arithmetic/stages.ts'
import { runStagesFast } from '../../src/golden/run-stages-fast.ts'

const profileOf = (name: string): Profile => PROFILES.find((one) => one.name === name)!
const profile = (name: string): readonly Stage[] => profileOf(name).requantise
const design = (name: string): readonly Stage[] => DESIGNS.find((one) => one.name === name)!.stages

/** Their shift is to the left where it is positive, beside a fixed one. */
const fromLeft = (shift: number): number => -shift
const fromLeftOf31 = (shift: number): number => 31 - shift

interface Implementation {
  readonly file: string
  readonly stages: readonly Stage[]
  /** s of theirs. */
  readonly toShift?: (shift: number) => number
}
const IMPLEMENTATIONS: readonly Implementation[] = [
  { file: 'tflite', stages: profile('tflite'), toShift: fromLeft },
  { file: 'tflite-single', stages: profile('tflite-single'), toShift: fromLeftOf31 },
  { file: 'cmsis-nn', stages: profile('cmsis-nn'), toShift: fromLeft },
  { file: 'cmsis-nn-single', stages: design('CMSIS-NN, single rounding'), toShift: fromLeftOf31 },
  { file: 'tosa-single', stages: profile('tosa-single') },
  { file: 'tosa-double', stages: profile('tosa-double') },
  { file: 'gemmini', stages: profile('gemmini') },
  { file: 'nvdla', stages: profile('nvdla') },
  { file: 'power-of-two-floor', stages: profile('power-of-two-floor') },
  { file: 'power-of-two-round', stages: profile('power-of-two-round') },
]

interface Row {
  readonly acc: number
  readonly by: ChannelParameters
  /** What theirs gives before the zero point and the code, where that was seen. */
  readonly value: number | undefined
  readonly code: number
  /** Of Gemmini's C header. */
  readonly header: number | undefined
}

type Vector = Readonly<Record<string, number>>

/** A file has comments, the names of its columns, and a row a line. */
function readVectors(file: string): readonly Vector[] {
  const text = readFileSync(new URL(`vectors/${file}.txt`, import.meta.url), 'utf8')
  const lines = text.trimEnd().split('\n')
  const [columns, ...rows] = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(' '))
  return rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [columns![i]!, Number(cell)])))
}

/** Of one of their channels, or of one operand of an addition. */
function channelOf(row: Vector, toShift = (shift: number): number => shift, operand = ''): ChannelParameters {
  const of = (name: string): number => row[`${name}${operand}`] ?? 0
  const scale = new Float32Array(Uint32Array.of(of('scaleBits')).buffer)[0]!
  const zeroPoint = row.zeroPoint ?? 0
  return { multiplier: of('multiplier'), shift: toShift(of('shift')), zeroPoint, scale, codeBits: 8 }
}

const readRows = ({ file, toShift }: Implementation): readonly Row[] =>
  readVectors(file).map((row) => ({
    ...{ acc: row.acc!, by: channelOf(row, toShift) },
    ...{ value: row.value, code: row.code!, header: row.header },
  }))

/** What comes before the zero point, or before the code. */
function scalingOf(stages: readonly Stage[]): readonly Stage[] {
  const zeroPoint = stages.findIndex(({ stage }) => stage === 'add-zero-point')
  return stages.slice(0, zeroPoint < 0 ? -1 : zeroPoint)
}

type Given = Pick<Row, 'acc' | 'by'>
const say = ({ acc, by }: Given): string =>
  `acc ${acc}, M ${by.multiplier}, s ${by.shift}, Z ${by.zeroPoint}, scale ${by.scale}`
const specified = (stages: readonly Stage[], { acc, by }: Given): number =>
  Number(runStages(stages, BigInt(acc), by))
const fast = (stages: readonly Stage[], { acc, by }: Given): number =>
  runStagesFast(stages, Float64Array.of(acc), by)[0]!
const wrongOf = (
  rows: readonly Row[],
  expected: (row: Row) => number,
  own: (row: Row) => number,
): readonly string[] =>
  rows.flatMap((row) =>
    own(row) === expected(row) ? [] : [`${say(row)}: ${own(row)}, not ${expected(row)}`],
  )

const codesOf = ({ code }: Row): number => code
const fileOf = (name: string): Implementation => IMPLEMENTATIONS.find(({ file }) => file === name)!

describe.each(IMPLEMENTATIONS)('$file', (implementation) => {
  const { stages } = implementation
  const rows = readRows(implementation)
  const withValue = rows.filter(({ value }) => value !== undefined)

  test('has rows of every kind', () => {
    expect(rows.length).toBeGreaterThan(1000)
    const codes = new Set(rows.map(codesOf))
    expect(codes.size).toBeGreaterThan(100)
    expect([...codes]).toEqual(expect.arrayContaining([-128, -1, 0, 1, 127]))
  })

  test.each([
    ['the specification', specified],
    ['the kernel', fast],
  ])('%s computes what it does', (_, run) => {
    expect(wrongOf(rows, codesOf, (row) => run(stages, row)).slice(0, 5)).toEqual([])
    const scaling = scalingOf(stages)
    expect(
      wrongOf(
        withValue,
        ({ value }) => value!,
        (row) => run(scaling, row),
      ).slice(0, 5),
    ).toEqual([])
  })
})

describe('other arithmetic is told from it', () => {
  const countWrong = (file: string, stages: readonly Stage[], moved = 0): number =>
    wrongOf(readRows(fileOf(file)), codesOf, ({ by, ...row }) =>
      specified(stages, { ...row, by: { ...by, shift: by.shift + moved } }),
    ).length
  const shifting = IMPLEMENTATIONS.filter(({ file }) => file !== 'gemmini')

  test.each(shifting)('$file: every other rounding', ({ file, stages }) => {
    const own = stages.find(({ stage }) => stage === 'shift-right') as { readonly rounding: string }
    // Up to a shift by 31 tosa-double is half-up.
    const others = ROUNDINGS.filter(
      (rounding) => rounding !== own.rounding && (rounding !== 'tosa-double' || !file.startsWith('power')),
    )
    const told = others.map((rounding) => countWrong(file, withRounding(stages, rounding)))
    expect(Math.min(...told)).toBeGreaterThan(5)
  })

  test('one rounding from two', () => {
    expect(countWrong('tflite', profile('tflite-single'), 31)).toBeGreaterThan(50)
    expect(countWrong('cmsis-nn', profile('tflite-single'), 31)).toBeGreaterThan(50)
  })

  test('an int32 that wraps from one that saturates', () => {
    expect(countWrong('cmsis-nn-single', profile('tflite-single'))).toBeGreaterThan(50)
  })

  test('the C header of Gemmini from its hardware: just below an integer, x + 1 rounds up', () => {
    const rows = readRows(fileOf('gemmini'))
    const header = wrongOf(
      rows,
      ({ header }) => header!,
      (row) => specified(profile('gemmini'), row),
    )
    expect(header).toHaveLength(12)
    expect(header[0]).toMatch(/^acc -536870943, .*: -1, not -2$/)
  })
})

describe.each([
  { file: 'tflite', toShift: fromLeft },
  { file: 'cmsis-nn', toShift: fromLeft },
  { file: 'tflite-single', toShift: fromLeftOf31 },
  { file: 'nvdla' },
  { file: 'gemmini' },
])('$file, an addition', ({ file, toShift }) => {
  type Run = (stages: readonly Stage[], given: Given) => number
  const add = profileOf(file).add as Extract<Profile['add'], { form: 'stages' }>
  const rows = readVectors(`${file}-add`)
  /** @returns how many codes are others than theirs */
  const countWrong = (run: Run, { operand = add.operand, sum = add.sum } = {}): number =>
    rows.filter((row) => {
      const [a, b] = (['A', 'B'] as const).map((which) => {
        const acc = row[`code${which}`]! - (row[`zeroPoint${which}`] ?? 0)
        return run(operand, { acc, by: channelOf(row, toShift, which) })
      })
      return run(sum, { acc: a! + b!, by: channelOf(row, toShift) }) !== row.code
    }).length

  test.each([
    ['the specification', specified],
    ['the kernel', fast],
  ])('%s computes what it does', (_, run) => {
    expect(rows.length).toBeGreaterThan(900)
    expect(new Set(rows.map(({ code }) => code)).size).toBeGreaterThan(100)
    expect(countWrong(run)).toBe(0)
  })

  test('another addition is told from it', () => {
    const others = [
      { sum: withRounding(add.sum, 'half-down') },
      { operand: withRounding(add.operand, 'floor') },
      { sum: add.sum.with(-1, { stage: 'narrow', signed: true, overflow: 'wrap' }) },
    ].filter((other) => JSON.stringify({ ...add, ...other }) !== JSON.stringify(add))
    expect(others.length).toBeGreaterThan(0)
    for (const other of others) expect(countWrong(specified, other)).toBeGreaterThan(5)
  })
})
