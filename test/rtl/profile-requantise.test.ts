/** `rtl/requantise.sv` with the parameters of profiles, beside their specification. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { narrow, runStages } from '../../src/arithmetic/run-stages.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import { paramBits } from '../../src/rom/arithmetic-words.ts'
import { carriedZero } from '../../src/rom/graph-arithmetic.ts'
import { type RequantiseUnit, rtlArithmetic } from '../../src/rom/rtl-arithmetic.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { openUnits, runBeat, type Unit } from './many-units.ts'
import { randomRequantise } from './random-profile.ts'

const FLOATS = ['onnx-qlinear', 'gemmini']
const CODE_BITS = 12
const random = makeRandom(20)

const profiles: readonly Profile[] = [
  ...PROFILES.filter(({ name }) => !FLOATS.includes(name)),
  ...Array.from({ length: 35 }, (_, index) => randomRequantise(index, random)),
]
const units = profiles.map((profile) => rtlArithmetic(profile).requantise)

const unitOf = (unit: RequantiseUnit): Unit => ({
  parameters: { Lanes: 1, CodeBits: CODE_BITS, ...unit },
  ports: {
    inputs: { sum_i: 32, param_i: paramBits(unit), zero_i: CODE_BITS, max_i: CODE_BITS },
    outputs: { code_o: CODE_BITS },
  },
})

interface Beat {
  readonly sum: number
  readonly bias: number
  readonly multiplier: number
  readonly shift: number
  readonly zeroPoint: number
  readonly bits: number
}

/** Numbers with few ones or few zeros: their products end in halves. */
const near = (bits: number): number => (2 ** random(bits + 1) + random(5) - 2) % 2 ** bits

/** A doubling product that ends beside its half: M is odd, so that some sum gives any low 31 bits. */
function doubledTie(): Beat {
  const multiplier = 1 + 2 * random(2 ** 8)
  let inverse = 1n
  // Newton's iteration: each has twice the right bits of the one before.
  for (let bits = 1; bits < 31; bits *= 2) inverse *= 2n - BigInt(multiplier) * inverse
  const sum = Number(BigInt.asIntN(31, inverse * (2n ** 30n - BigInt(random(3)))))
  return { sum, bias: 0, multiplier, shift: 0, zeroPoint: 1024, bits: 11 }
}

function randomBeat(unit: RequantiseUnit): Beat {
  if (unit.DoublingHigh === 1 && random(4) === 0) return doubledTie()
  const { MultiplierBits, DoublingHigh, LeftShift, MostShift } = unit
  const least = LeftShift === 1 ? -31 : 0
  const shift = least + random(MostShift - least + 1)
  const most = 2 ** MultiplierBits
  // Behind a shift to the left M is normalised, as that of a profile is.
  const isNormal = DoublingHigh === 1 && shift < 0
  const choices = [
    random(most),
    Math.max(near(MultiplierBits), 0),
    most - 1,
    2 ** random(MultiplierBits || 1),
  ]
  const multiplier = isNormal ? most / 2 + random(most / 2) : Math.min(choices[random(4)]!, most - 1)
  const bits = 4 + random(CODE_BITS - 3)
  const wide = random(2) === 0 ? random(2 ** 32) : near(32)
  const anywhere = Math.trunc((random(2) === 0 ? wide : -wide) / 2 ** random(24))
  // A sum that gives a code, or half a code, near the range.
  const factor = (DoublingHigh === 1 ? 2 ** -31 : 1) * (MultiplierBits === 0 ? 1 : multiplier) * 2 ** -shift
  const aimed = Math.round((random(2 ** (bits + 2)) - 2 ** (bits + 1)) / 2 / factor)
  const isAimed = random(2) === 0 && Math.abs(aimed) < 2 ** 31
  return {
    sum: isAimed ? aimed : anywhere | 0,
    bias: isAimed || random(2) === 0 ? 0 : random(2 ** 16) - 2 ** 15,
    ...{ multiplier: MultiplierBits === 0 ? 0 : multiplier, shift, zeroPoint: random(2 ** bits), bits },
  }
}

function portsOf(unit: RequantiseUnit, profile: Profile, beat: Beat) {
  const at = paramBits(unit) === 64 ? 48n : 64n
  const { zeroPoint, bits } = beat
  return {
    sum_i: beat.sum >>> 0,
    param_i: BigInt(beat.bias >>> 0) | (BigInt(beat.multiplier) << 32n) | (BigInt(beat.shift & 0xff) << at),
    zero_i: carriedZero(profile, profile.requantise, { zeroPoint, bits }),
    max_i: 2 ** bits - 1,
  }
}

/** The code, as it is carried. */
function expectedOf({ codes, accumulator, requantise }: Profile, beat: Beat): number {
  const { multiplier, shift, bits } = beat
  const offset = codeOffset({ codes }, bits)
  const sum = BigInt.asIntN(32, BigInt(beat.sum) + BigInt(beat.bias))
  const { overflow } = accumulator
  const acc = overflow === 'refuse' ? sum : narrow(sum, { signed: true, overflow }, accumulator.bits)
  const by = { multiplier, shift, scale: 0, zeroPoint: beat.zeroPoint - offset, codeBits: bits }
  return Number(runStages(requantise, acc, by)) + offset
}

test('every rounding, multiplier, narrowing and shift is among the profiles', () => {
  const values = (name: keyof RequantiseUnit) => new Set(units.map((unit) => unit[name]))
  expect([...values('Rounding')].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  for (const name of ['DoublingHigh', 'LeftShift'] as const) expect([...values(name)].sort()).toEqual([0, 1])
  for (const name of ['AccOverflow', 'Between'] as const) expect([...values(name)].sort()).toEqual([0, 1, 2])
  expect([...values('CodeOverflow')].sort()).toEqual([1, 2])
  for (const bits of [0, 15, 16, 31, 32]) expect(values('MultiplierBits')).toContain(bits)
})

test('every integer profile, and others at random, are what their stages say', async () => {
  await using dut = await openUnits(
    'requantise',
    ['rtl/assay_pkg.sv', 'rtl/round_code.sv', 'rtl/requantise.sv'],
    units.map(unitOf),
  )
  const wrong = new Map<string, string>()
  const seen = profiles.map(() => new Set<number>())
  for (let i = 0; i < 1500; i++) {
    const beats = units.map(randomBeat)
    const codes = runBeat(
      dut,
      beats.map((beat, k) => portsOf(units[k]!, profiles[k]!, beat)),
      'code_o',
      units.map(() => 8),
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
  for (const [k, codes] of seen.entries()) expect(codes.size, profiles[k]!.name).toBeGreaterThan(100)
})
