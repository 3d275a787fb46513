/** Every arithmetic that is looked for is found, and told from all that compute something else: with the specification as the module. */
import { describe, expect, test } from 'vitest'
import { listCandidates } from '../../../src/arithmetic/candidates.ts'
import { type Candidate, computeWith } from '../../../src/arithmetic/fit-profiles.ts'
import type { PortBits, ProbePorts } from '../../../src/operator/probe-ports.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { planProbe } from '../../../src/pipeline/probe/ranges.ts'
import { runProbe } from '../../../src/pipeline/probe/run.ts'
import type { Beat } from '../../../src/pipeline/probe/stimulus.ts'

const bits = (name: string, width: number, signed = false): PortBits => ({
  ...{ name, width, signed, low: 0, isPart: false },
})
const PORTS: ProbePorts = {
  ...{ acc: bits('acc', 32, true), code: bits('code', 8), multiplier: null, shift: bits('s', 5) },
  ...{ zeroPoint: null, scale: null, valid: null, ready: null, done: null, held: {} },
}
const WITH_M16: ProbePorts = {
  ...PORTS,
  ...{ multiplier: bits('m', 16), shift: bits('s', 6), zeroPoint: bits('z', 8) },
}
const WITH_M31: ProbePorts = { ...WITH_M16, multiplier: bits('m', 31), zeroPoint: bits('z', 8, true) }

const say = ({ name, reading }: Candidate): string =>
  reading.shiftOffset === 0 ? name : `${name} (s ${reading.shiftOffset})`

/** What fits a module that computes a candidate, and breaks some answers. */
async function probe(ports: ProbePorts, compute: (beat: Beat) => bigint) {
  const plans = planProbe(ports, {})
  const answer = async (beats: readonly Beat[]) => beats.map(compute)
  return runProbe({ top: 'module', plans, own: [], seed: 1, ports, answer }, silent)
}
const candidatesOf = (ports: ProbePorts) => listCandidates(planProbe(ports, {})[0]!.shape)
const fitsOf = async (ports: ProbePorts, candidate: Candidate): Promise<readonly string[]> =>
  (await probe(ports, computeWith(candidate))).ranking.exact.map((fit) => say(fit.candidate))

describe('a shift alone', () => {
  // A code that is clamped at 0 does not show how negative ones were rounded.
  const SAME = [
    ['>>s floor, saturate to unsigned code', '>>s toward-zero, saturate to unsigned code'],
    ['>>s half-up, saturate to unsigned code', '>>s half-away, saturate to unsigned code'],
  ]
  test.each(candidatesOf(PORTS).map((candidate) => [say(candidate), candidate] as const))(
    '%s is found',
    async (name, candidate) => {
      const same = SAME.find((names) => names.includes(name)) ?? [name]
      expect((await fitsOf(PORTS, candidate)).toSorted()).toEqual(same.toSorted())
    },
  )
})

describe('a multiplier of 16 bits and a zero point', () => {
  const candidates = candidatesOf(WITH_M16)
  test('has candidates for each scaling, rounding, end and place of the zero point', () => {
    expect(candidates.length).toBeGreaterThan(200)
  })
  // One in twelve: all take a minute.
  test.each(
    candidates
      .filter((_, index) => index % 12 === 0)
      .map((candidate) => [say(candidate), candidate] as const),
  )('%s is found, with at most two that compute the same', async (name, candidate) => {
    const fits = await fitsOf(WITH_M16, candidate)
    expect(fits).toContain(name)
    expect(fits.length).toBeLessThanOrEqual(3)
  })
})

describe('a multiplier of 31 bits', () => {
  test.each([
    ['tflite', ['cmsis-nn', 'tflite']],
    [
      'tflite-single',
      ['tflite-single', 'tosa-single', '·M (31 bits), >>s half-up, +Z, saturate to signed code'],
    ],
    // TOSA's two roundings are gemmlowp's, where s is all of the shift.
    [
      'tosa-double',
      [
        'cmsis-nn (s -31)',
        'tflite (s -31)',
        'tosa-double',
        '·M (31 bits), >>s tosa-double, +Z, saturate to signed code',
      ],
    ],
  ])('%s is told from other roundings', async (name, fits) => {
    const candidate = candidatesOf(WITH_M31).find((each) => say(each) === name)!
    expect((await fitsOf(WITH_M31, candidate)).toSorted()).toEqual(fits)
  })
})

describe('a float32 scale', () => {
  test.each(['onnx-qlinear', 'gemmini'])('%s is found', async (name) => {
    const ports: ProbePorts = {
      ...PORTS,
      ...{ shift: null, scale: bits('f', 32), zeroPoint: name === 'gemmini' ? null : bits('z', 8) },
    }
    const candidate = candidatesOf(ports).find((each) => each.name === name)!
    expect((await fitsOf(ports, candidate))[0]).toBe(name)
  })
})

describe('a module that is wrong', () => {
  const floor = candidatesOf(PORTS).find(({ name }) => name === 'power-of-two-floor')!
  const compute = computeWith(floor)

  test('on one accumulator fits nothing, and is shown beside the nearest', async () => {
    const { ranking } = await probe(PORTS, (beat) => compute(beat) + (beat.acc === -2n ? 1n : 0n))
    expect(ranking.exact).toEqual([])
    const [{ candidate, agreed, first }] = ranking.nearest as [(typeof ranking.nearest)[0]]
    expect(candidate.name).toBe('power-of-two-floor')
    expect(agreed).toBeLessThan(ranking.samples)
    expect(agreed).toBeGreaterThan(ranking.samples * 0.98)
    expect(first!.sample.acc).toBe(-2n)
  })

  test('by what it was given before contradicts itself', async () => {
    let count = 0
    const { contradiction } = await probe(PORTS, (beat) => compute(beat) ^ (count++ === 20 ? 1n : 0n))
    expect(contradiction![0].acc).toBe(contradiction![1].acc)
    expect(contradiction![0].code).not.toBe(contradiction![1].code)
  })

  test('in nothing contradicts nothing', async () => {
    expect((await probe(PORTS, compute)).contradiction).toBeNull()
  })
})

test('a shift that is inside is found with its rounding', async () => {
  const ports = { ...PORTS, shift: null }
  const candidate = candidatesOf(ports).find(
    ({ name, reading }) => name === 'power-of-two-round' && reading.shiftOffset === 13,
  )!
  expect(await fitsOf(ports, candidate)).toEqual(['power-of-two-round (s 13)'])
})

test('a signed shift is to the right where it is negative, or where it is positive', async () => {
  const ports = { ...PORTS, shift: bits('s', 6, true) }
  const [right] = candidatesOf(ports).filter(({ name }) => name === 'power-of-two-floor')
  const left = { ...right!, reading: { shiftSign: -1, shiftOffset: 0 } } as const
  for (const [candidate, sign] of [
    [right!, 1],
    [left, -1],
  ] as const) {
    const { ranking } = await probe(ports, computeWith(candidate))
    expect(ranking.exact.map((fit) => [fit.candidate.name, fit.candidate.reading.shiftSign])).toContainEqual([
      'power-of-two-floor',
      sign,
    ])
  }
})

describe('values that are given', () => {
  test('stay within what the user says', () => {
    const [plan] = planProbe(WITH_M16, { multipliers: [5, 9], shifts: [1, 7], zeroPoints: [2, 3], bits: 6 })
    expect(plan!.ranges).toMatchObject({ multiplier: [5, 9], shift: [1, 7], zeroPoint: [2, 3], codeBits: 6 })
  })

  test.each([
    [{ shifts: [0, 64] }, /^--shifts: expected numbers from 0 to 47, got 0\.\.64/],
    [{ multipliers: [0, 5] }, /^--multipliers: expected numbers from 1 to 65535/],
    [{ zeroPoints: [-1, 5] }, /^--zero-points: expected numbers from 0 to 255/],
    [{ bits: 9 }, /^--bits: expected at most 8, the bits of code, got 9/],
  ] as const)('are refused where the port does not hold them: %o', (said, message) => {
    expect(() => planProbe(WITH_M16, said)).toThrow(message)
  })

  test.each([
    [{ multiplier: { value: 0.5 } }, /^--multiplier: expected a port, or a whole number from 1/],
    [{ multiplier: bits('m', 1) }, /^--multiplier: expected a port of at least 3 bits, m has 1/],
    [{ shift: { value: 99 } }, /^--shift: expected a port, or a whole number from −63 to 63, got 99/],
    [{ zeroPoint: { value: 1e9 } }, /^--zero-point: expected a port, or a whole number of at most 16 bits/],
    [{ scale: { value: -1 } }, /^--scale: expected a port, or a number above 0/],
    [{ code: bits('code', 32) }, /^--bits: expected codes of at most 16 bits, code has 32/],
  ])('are refused where they are no M, s or Z: %o', (other, message) => {
    expect(() => planProbe({ ...WITH_M16, ...other }, {})).toThrow(message)
  })
})
