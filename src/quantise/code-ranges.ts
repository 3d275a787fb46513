/** From a range of real values to one that the codes of a profile can have: with a zero point of all tensors, or scales of powers of two. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset, codeRange } from '../golden/code-range.ts'
import type { QuantParams } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import type { Range } from './observers.ts'

type CodeRule = Profile['codes']

/** The zero point as codes are carried; null where each tensor has its own. */
function fixedZero(codes: CodeRule, bits: number): number | null {
  const { zeroPoint, signed } = codes
  if (zeroPoint === 'tensor') return null
  const carried = zeroPoint + codeOffset({ codes }, bits)
  if (carried >= 0 && carried < 2 ** bits) return carried
  const [low, high] = codeRange({ codes }, bits)
  throw new InputError(
    `a zero point of ${zeroPoint} is no ${signed ? 'signed' : 'unsigned'} code of ${bits} bits: ${low} to ${high}`,
    'codes.zeroPoint of the profile',
    'Give more bits, or another zero point.',
  )
}

/** What all codes of this scale span. */
function spanOf(scale: number, range: Range, bits: number, zero: number | null): Range {
  const top = 2 ** bits - 1
  const z = zero ?? Math.min(top, Math.max(0, Math.round(-range.low / scale)))
  return { low: -z * scale, high: (top - z) * scale }
}

/** The least scale with which nothing of the range is clipped. */
function leastScale({ low, high }: Range, bits: number, zero: number | null): number {
  const top = 2 ** bits - 1
  if (zero === null) return (high - low) / top
  return Math.max(zero > 0 ? -low / zero : 0, zero < top ? high / (top - zero) : 0)
}

const isFree = ({ zeroPoint, scale }: CodeRule): boolean => zeroPoint === 'tensor' && scale === 'free'
const withZero = ({ low, high }: Range): Range => ({ low: Math.min(0, low), high: Math.max(0, high) })
const nextPower = (scale: number): number => 2 ** Math.ceil(Math.log2(scale))

/** The range, or the next wider one that codes can have. */
export function widenRange(range: Range, bits: number, rule: CodeRule): Range {
  if (isFree(rule)) return range
  const zero = fixedZero(rule, bits)
  const scale = leastScale(withZero(range), bits, zero)
  if (scale === 0) return spanOf(1, range, bits, zero)
  return spanOf(rule.scale === 'free' ? scale : nextPower(scale), withZero(range), bits, zero)
}

/**
 * Of the ranges that codes can have the one with the least error: the next wider one, or with powers of two one of the two below it,
 * which clip.
 *
 * @param openModel what a range costs; opened only where there is a choice
 */
export function fitRange(
  range: Range,
  bits: number,
  rule: CodeRule,
  openModel: () => (range: Range) => number,
): Range {
  const wide = widenRange(range, bits, rule)
  if (rule.scale === 'free' || wide.high === wide.low) return wide
  const errorOf = openModel()
  const zero = fixedZero(rule, bits)
  const scale = (wide.high - wide.low) / (2 ** bits - 1)
  const candidates = [scale, scale / 2, scale / 4].map((one) => spanOf(one, withZero(range), bits, zero))
  const errors = candidates.map(errorOf)
  return candidates[errors.indexOf(Math.min(...errors))]!
}

/** The image's codes: 0 to 1 over all of them from the zero point on, or the nearest power of two. */
export function imageQuant(bits: number, { codes } = ASSAY): QuantParams {
  const zeroPoint = fixedZero(codes, bits) ?? 0
  const steps = 2 ** bits - 1 - zeroPoint
  if (steps < 1)
    throw new InputError('no code is left for light', 'codes.zeroPoint of the profile', 'Give a smaller one.')
  return {
    scale: 1 / (codes.scale === 'free' ? steps : 2 ** Math.round(Math.log2(steps))),
    zeroPoint,
    bits,
  }
}
