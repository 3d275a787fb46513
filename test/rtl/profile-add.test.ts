/** `rtl/add_codes.sv` with the parameters of profiles, beside their specification. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import { carriedZero } from '../../src/rom/graph-arithmetic.ts'
import { type AddUnit, rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { openUnits, runBeat, type Unit } from './many-units.ts'
import { randomAdd } from './random-profile.ts'

const FLOATS = ['onnx-qlinear', 'gemmini']
const CODE_BITS = 8
const random = makeRandom(21)

const profiles: readonly Profile[] = [
  ...PROFILES.filter(({ name }) => !FLOATS.includes(name)),
  ...Array.from({ length: 35 }, (_, index) => randomAdd(index, random)),
]
const units = profiles.map((profile) => rtlArithmetic(profile).add)

function unitOf(unit: AddUnit): Unit {
  const own = Math.max(unit.MultiplierBits, 1)
  const codes = {
    a_i: CODE_BITS,
    b_i: CODE_BITS,
    zero_a_i: CODE_BITS,
    zero_b_i: CODE_BITS,
    zero_y_i: CODE_BITS,
  }
  return {
    parameters: { Lanes: 1, CodeBits: CODE_BITS, ...unit },
    ports: {
      inputs: {
        ...codes,
        max_i: CODE_BITS,
        ...{ multiplier_a_i: own, multiplier_b_i: own, multiplier_y_i: own },
        ...{ shift_a_i: 8, shift_b_i: 8, shift_i: unit.MostShift < 32 ? 5 : 6 },
      },
      outputs: { code_o: CODE_BITS },
    },
  }
}

interface Beat {
  readonly codes: readonly [number, number]
  readonly zeros: readonly [number, number]
  readonly multipliers: readonly [number, number, number]
  readonly shifts: readonly [number, number, number]
  readonly zero: number
  readonly bits: number
}

/** A shift that brings a factor with this M near `aim`, a power of two, or any. */
function shiftFor(
  { MostShift, DoublingHigh }: AddUnit,
  multiplier: number,
  aim: number,
  least: number,
): number {
  if (random(8) === 0) return random(MostShift + 1)
  const size = (multiplier === 0 ? 0 : Math.log2(multiplier)) - (DoublingHigh === 1 ? 31 : 0)
  return Math.min(Math.max(Math.round(size - aim) + random(4) - 1, least), MostShift)
}

/** Operands of 2^30 each, whose sum just leaves 32 bits, or of the least: then the code is one half away from its zero point. */
function edgeBeat({ MultiplierBits, OperandLeft, MostShift }: AddUnit): Beat {
  const isLeast = random(2) === 0
  const multiplier = isLeast ? 2 ** MultiplierBits - 1 : 2 ** Math.min(23 - OperandLeft, MultiplierBits - 1)
  const scaled = random(Math.max(1, Math.min(MultiplierBits, MostShift - 31)))
  return {
    codes: isLeast ? [0, 0] : [128, 128],
    zeros: isLeast ? [255, 255] : [0, 0],
    multipliers: [multiplier, multiplier, 2 ** scaled],
    shifts: [0, 0, isLeast ? Math.min(scaled + 32, MostShift) : 0],
    ...{ zero: 100, bits: 8 },
  }
}

function randomBeat(unit: AddUnit): Beat {
  const isPlain = unit.Staged === 1 && unit.DoublingHigh === 0 && unit.MultiplierBits > 0
  if (isPlain && random(8) === 0) return edgeBeat(unit)
  const { MultiplierBits, LeftShift, OperandLeft, Staged, SumScales } = unit
  const most = 2 ** MultiplierBits
  const factor = () =>
    MultiplierBits === 0
      ? 0
      : Math.min(
          [random(most), most - 1, 2 ** random(MultiplierBits), most / 2 + random(most / 2)][random(4)]!,
          most - 1,
        )
  const bits = 4 + random(CODE_BITS - 3)
  const code = () => (random(8) === 0 ? [0, 255][random(2)]! : random(256))
  const [a, b, y] = [factor(), factor(), factor()]
  // Operands as they come, or 20 bits to the left as they are; a sum that gives a code.
  const inner = Staged === 0 || SumScales === 0 ? -OperandLeft : 0
  const least = LeftShift === 1 ? -21 : 0
  const outer = Staged === 0 ? Math.max(Math.log2(Math.max(a, b, 1)), 0) : -OperandLeft
  const sum =
    Staged === 0 ? Math.min(Math.round(outer) + random(4) - 1, unit.MostShift) : shiftFor(unit, y, outer, 0)
  return {
    codes: [code(), code()],
    zeros: [code(), code()],
    multipliers: [a, b, y],
    shifts: [shiftFor(unit, a, inner, least), shiftFor(unit, b, inner, least), Math.max(sum, 0)],
    zero: random(2 ** bits),
    bits,
  }
}

function portsOf(profile: Profile, { MultiplierBits }: AddUnit, beat: Beat) {
  const { codes, zeros, multipliers, shifts, zero, bits } = beat
  if (profile.add.form !== 'stages') throw new Error('no integers')
  const m = multipliers.map((value) => (MultiplierBits === 0 ? 0 : value))
  return {
    ...{ a_i: codes[0], b_i: codes[1], zero_a_i: zeros[0], zero_b_i: zeros[1] },
    zero_y_i: carriedZero(profile, profile.add.sum, { zeroPoint: zero, bits }),
    ...{ max_i: 2 ** bits - 1, multiplier_a_i: m[0]!, multiplier_b_i: m[1]!, multiplier_y_i: m[2]! },
    ...{ shift_a_i: shifts[0] & 0xff, shift_b_i: shifts[1] & 0xff, shift_i: shifts[2] },
  }
}

/** The code, as it is carried. */
function expectedOf(profile: Profile, { codes, zeros, multipliers, shifts, zero, bits }: Beat): number {
  if (profile.add.form !== 'stages') throw new Error('no integers')
  const { operand, sum } = profile.add
  const offset = codeOffset(profile, bits)
  const by = (index: 0 | 1 | 2) => ({
    ...{ multiplier: multipliers[index], shift: shifts[index], scale: 0 },
    ...{ zeroPoint: zero - offset, codeBits: bits },
  })
  const operandOf = (index: 0 | 1) => runStages(operand, BigInt(codes[index] - zeros[index]), by(index))
  return Number(runStages(sum, operandOf(0) + operandOf(1), by(2))) + offset
}

test('both forms, every rounding, multiplier and shift are among the profiles', () => {
  const values = (name: keyof AddUnit) => [...new Set(units.map((unit) => unit[name]))].sort()
  for (const staged of [0, 1]) {
    const own = units.filter(({ Staged }) => Staged === staged)
    expect(new Set(own.map(({ Rounding }) => Rounding)).size).toBe(7)
  }
  for (const name of ['Staged', 'DoublingHigh', 'LeftShift', 'SumScales'] as const)
    expect(values(name)).toEqual([0, 1])
  expect(values('CodeOverflow')).toEqual([1, 2])
})

test('every integer profile, and others at random, are what their stages say', async () => {
  const sources = ['rtl/assay_pkg.sv', 'rtl/round_code.sv', 'rtl/requantise.sv', 'rtl/add_codes.sv']
  await using dut = await openUnits('add_codes', sources, units.map(unitOf))
  const wrong = new Map<string, string>()
  const seen = profiles.map(() => new Set<number>())
  for (let i = 0; i < 800; i++) {
    const beats = units.map(randomBeat)
    const codes = runBeat(
      dut,
      beats.map((beat, k) => portsOf(profiles[k]!, units[k]!, beat)),
      'code_o',
      units.map(({ Staged }) => (Staged === 1 ? 16 : 8)),
    )
    codes.forEach((code, k) => {
      seen[k]!.add(code)
      const expected = expectedOf(profiles[k]!, beats[k]!)
      if (code !== expected)
        wrong.set(profiles[k]!.name, `${JSON.stringify(beats[k])}: expected ${expected}, received ${code}`)
    })
  }
  expect(Object.fromEntries(wrong)).toEqual({})
  // Codes at both ends alone would say little.
  for (const [k, codes] of seen.entries()) expect(codes.size, profiles[k]!.name).toBeGreaterThan(40)
})
