/** Both implementations of every stage, and the published behaviour of what public designs compute. */
import { describe, expect, test } from 'vitest'
import { type ChannelParameters, type Profile, ROUNDINGS, type Stage } from '../../src/arithmetic/profile.ts'
import { requantiseExact } from '../../src/arithmetic/requantise-exact.ts'
import { compileRequantise } from '../../src/arithmetic/requantise-fast.ts'
import { createRandom } from '../../src/golden/random.ts'

const profileOf = (
  requantise: readonly Stage[],
  bits = 32,
): Pick<Profile, 'name' | 'accumulator' | 'requantise'> => ({
  name: 'own',
  accumulator: { bits, overflow: 'refuse' },
  requantise,
})
const byte = (overflow: 'saturate' | 'wrap', signed = false): Stage => ({
  stage: 'narrow',
  signed,
  overflow,
})
const codes = { stage: 'add-zero-point' } as const

const random = createRandom(7)
/** Full range, and around the powers of two. */
function randomAcc(bits: number): number {
  const whole = random() + random() * 2 ** 32
  const sized = whole % 2 ** (1 + (random() % (bits - 1)))
  const near = 2 ** (random() % (bits - 1)) + (random() % 5) - 2
  const value = Math.min(random() % 4 === 0 ? near : sized, 2 ** (bits - 1) - 1)
  return random() % 2 === 0 ? value : -value
}

const LISTS: Readonly<Record<string, readonly Stage[]>> = {
  ...Object.fromEntries(
    ROUNDINGS.map((rounding) => [
      `16-bit multiplier, ${rounding}`,
      [{ stage: 'multiply', bits: 16 }, { stage: 'shift-right', rounding }, codes, byte('saturate')],
    ]),
  ),
  ...Object.fromEntries(
    ROUNDINGS.map((rounding) => [
      `31-bit multiplier, ${rounding}, wrapped`,
      [{ stage: 'multiply', bits: 31 }, { stage: 'shift-right', rounding }, byte('wrap', true)],
    ]),
  ),
  'double rounding': [
    { stage: 'shift-left' },
    { stage: 'doubling-high-multiply', bits: 32 },
    { stage: 'shift-right', rounding: 'half-away' },
    codes,
    byte('saturate', true),
  ],
  'few bits below the point': [
    { stage: 'shift-right', rounding: 'half-away', fractionBits: 16 },
    { stage: 'narrow', bits: 32, signed: true, overflow: 'saturate' },
  ],
  'float scale': [{ stage: 'scale-float' }, codes, byte('saturate', true)],
  'a wide wrap between': [
    { stage: 'multiply', bits: 31 },
    { stage: 'narrow', bits: 48, signed: true, overflow: 'wrap' },
    { stage: 'shift-right', rounding: 'floor', by: 9 },
    { stage: 'narrow', bits: 32, signed: true, overflow: 'saturate' },
  ],
}

describe.each(Object.entries(LISTS))('%s', (_, stages) => {
  test('is the same in integers without limits and in doubles', () => {
    const differing: unknown[] = []
    for (let channel = 0; channel < 200; channel++) {
      const by: ChannelParameters = {
        multiplier:
          random() % 2 ** (stages.some((one) => one.stage === 'multiply' && one.bits === 16) ? 16 : 31),
        shift: stages[0]!.stage === 'shift-left' ? (random() % 32) - 4 : random() % 63,
        zeroPoint: (random() % 256) - 128,
        scale: Math.fround((random() / 2 ** 32) * 2 ** -(random() % 24)),
        codeBits: 8,
      }
      const profile = profileOf(stages)
      const fast = compileRequantise(profile, by)
      for (let i = 0; i < 100; i++) {
        const acc = randomAcc(32)
        const expected = Number(requantiseExact(profile, BigInt(acc), by))
        if (fast(acc) !== expected) differing.push({ acc, by, expected, got: fast(acc) })
      }
    }
    expect(differing.slice(0, 3)).toEqual([])
  })
})

describe('what no code can be made of is refused', () => {
  const by: ChannelParameters = { multiplier: 2 ** 31 - 1, shift: 0, zeroPoint: 0, scale: 1, codeBits: 8 }
  const wide = { stage: 'multiply', bits: 31 } as const

  test('values that grow without end', () => {
    expect(() => compileRequantise(profileOf([wide, wide, byte('saturate')]), by)).toThrow(
      'profile own: after stage 2 (multiply) a value may have 94 bits.',
    )
  })

  test('a last stage that narrows nothing', () => {
    expect(() => compileRequantise(profileOf([wide]), by)).toThrow(
      'profile own: the last stage may give 63 bits. End with a stage that narrows',
    )
  })
})

// The nearest integers to 5/2, -5/2, 7/2 and -7/2, and of what is not half way.
test.each([
  ['floor', [2, -3, 3, -4, 1, -2]],
  ['toward-zero', [2, -2, 3, -3, 1, -1]],
  ['half-up', [3, -2, 4, -3, 2, -2]],
  ['half-down', [2, -3, 3, -4, 2, -2]],
  ['half-away', [3, -3, 4, -4, 2, -2]],
  ['half-to-even', [2, -2, 4, -4, 2, -2]],
] as const)('%s', (rounding, expected) => {
  const profile = profileOf([
    { stage: 'shift-right', rounding, by: 2 },
    { stage: 'narrow', signed: true, overflow: 'saturate' },
  ])
  const by: ChannelParameters = { multiplier: 1, shift: 0, zeroPoint: 0, scale: 1, codeBits: 8 }
  const accs = [10, -10, 14, -14, 7, -7]
  expect(accs.map((acc) => Number(requantiseExact(profile, BigInt(acc), by)))).toEqual(expected)
  expect(accs.map(compileRequantise(profile, by))).toEqual(expected)
})
