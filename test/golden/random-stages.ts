/** Stage lists, parameters and accumulators at random: what the stage machine is compared on. */
import { type ChannelParameters, ROUNDINGS, rangeOf, type Stage } from '../../src/arithmetic/stages.ts'
import { widthBehind, widthWithin } from '../../src/arithmetic/widths.ts'
import type { Random } from './random.ts'

/** Parameters as a trained network has them for such stages, and some that none has. */
export function randomParameters(stages: readonly Stage[], random: Random): ChannelParameters {
  const multiply = stages.find(({ stage }) => stage === 'multiply' || stage === 'doubling-high-multiply')
  const bits =
    multiply?.stage === 'multiply'
      ? multiply.bits
      : multiply?.stage === 'doubling-high-multiply'
        ? multiply.bits - 1
        : 0
  const most = Math.min(...stages.map((one) => (one.stage === 'shift-right' ? (one.most ?? 63) : 63)))
  const isLeft = stages.some((one) => one.stage === 'shift-left' && one.by === undefined)
  const codeBits = random.integer(2, 16)
  return {
    multiplier:
      random.integer(0, 3) === 0 ? 2 ** random.integer(0, bits) - 1 : random.integer(0, 2 ** bits - 1),
    shift: random.integer(isLeft ? -8 : 0, random.integer(0, 3) === 0 ? most : Math.min(most, 34)),
    zeroPoint: random.integer(-(2 ** (codeBits - 1)), 2 ** codeBits - 1),
    scale: Math.fround((1 + random.next()) * 2 ** -random.integer(0, 24)),
    codeBits,
    rectified: random.integer(0, 1) === 1,
  }
}

/** Whether the stages fit 64 bits with these parameters, for values of so many bits. */
export function fitsKernel(stages: readonly Stage[], by: ChannelParameters, begin: number): boolean {
  const largest = { ...by, multiplier: Math.abs(by.multiplier), shift: [by.shift, by.shift] as const }
  let bits = begin
  for (const stage of stages) {
    if (widthWithin(stage, bits, largest) > 64) return false
    bits = widthBehind(stage, bits, largest)
  }
  return true
}

/** Any stages in any order, that end in a code. */
export function randomStages(random: Random): readonly Stage[] {
  const rounding = () => ROUNDINGS[random.integer(0, ROUNDINGS.length - 1)]!
  const overflow = () => (random.integer(0, 1) === 0 ? ('wrap' as const) : ('saturate' as const))
  const maybe = <T>(value: T): T | undefined => (random.integer(0, 1) === 0 ? value : undefined)
  const given = (own: object) =>
    Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  const makers: readonly (() => Stage)[] = [
    () => ({ stage: 'multiply', bits: random.integer(1, 32) }),
    () => ({ stage: 'doubling-high-multiply', bits: random.integer(0, 1) === 0 ? 16 : 32 }),
    () => ({ stage: 'shift-left', ...given({ by: maybe(random.integer(0, 12)) }) }),
    () => ({
      stage: 'shift-right',
      rounding: rounding(),
      ...given({ by: maybe(random.integer(0, 40)), fractionBits: maybe(random.integer(1, 12)) }),
    }),
    () => ({
      stage: 'narrow',
      bits: random.integer(8, 63),
      signed: random.integer(0, 2) > 0,
      overflow: overflow(),
    }),
    () => ({ stage: 'add-zero-point' }),
    () => ({ stage: 'scale-float' }),
    () => ({
      stage: 'rectify',
      ...given({
        leak: maybe({
          numerator: random.integer(0, 255),
          shift: random.integer(0, 12),
          rounding: rounding(),
        }),
      }),
    }),
  ]
  const middle = Array.from({ length: random.integer(1, 6) }, () =>
    makers[random.integer(0, makers.length - 1)]!(),
  )
  return [...middle, { stage: 'narrow', signed: random.integer(0, 1) === 0, overflow: overflow() }]
}

/**
 * Accumulators of so many bits: the whole range, all orders of magnitude, powers of two with their neighbours, and ties: those that
 * become half of an odd number when multiplied and shifted.
 */
export function randomAccumulators(
  count: number,
  bits: number,
  by: ChannelParameters,
  random: Random,
): BigInt64Array {
  const [low, high] = rangeOf({ bits, signed: true })
  const within = (value: bigint): bigint => (value < low ? low : value > high ? high : value)
  const accs = new BigInt64Array(count)
  const unit = 2 ** Math.max(by.shift - 1, 0)
  const scale = by.scale === 0 ? 1 : by.scale
  for (let i = 0; i < count; i++) {
    const any =
      BigInt(Math.floor(random.next() * 2 ** 32)) * 4294967296n + BigInt(Math.floor(random.next() * 2 ** 32))
    const sign = random.integer(0, 1) === 0 ? 1n : -1n
    switch (i % 4) {
      case 0:
        accs[i] = BigInt.asIntN(bits, any)
        break
      case 1:
        accs[i] = within(sign * (any >> BigInt(random.integer(64 - bits, 63))))
        break
      case 2:
        accs[i] = within(sign * (1n << BigInt(random.integer(0, bits - 1))) + BigInt(random.integer(-2, 2)))
        break
      default: {
        const odd = 2 * random.integer(0, 300) + 1
        const tie = random.integer(0, 1) === 0 ? odd * unit : Math.round(odd / 2 / scale)
        const near = Math.min(tie / (random.integer(0, 1) === 0 ? 1 : Math.max(by.multiplier, 1)), 2 ** 52)
        accs[i] = within(sign * BigInt(Math.round(near)) + BigInt(random.integer(-1, 1)))
      }
    }
  }
  return accs
}
