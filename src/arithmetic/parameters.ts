/** From a real factor to what the stages of a profile multiply and shift by. */
import { type ChannelParameters, multiplierBits, type Stage } from './stages.ts'

export type Factor = Pick<ChannelParameters, 'multiplier' | 'shift' | 'scale'>

/** What a list of stages scales by; at most one of it is in a list (check-profile.ts). */
export type Scaling = 'multiply' | 'doubling-high-multiply' | 'scale-float' | 'shift' | 'none'

const MOST_SHIFT = 63
const LEAST_SHIFT = -31

export function scalingOf(stages: readonly Stage[]): Scaling {
  const found = stages.find((one) => one.stage === 'scale-float' || multiplierBits(one) !== undefined)
  if (found !== undefined) return found.stage === 'hook' ? 'multiply' : (found.stage as Scaling)
  return stages.some((one) => one.stage === 'shift-right' && one.by === undefined) ? 'shift' : 'none'
}

/** The narrowest arrays that hold M and s of a list's channels, and whether it takes a real factor. */
export const factorTypes = (stages: readonly Stage[]) => ({
  multiplier: stages.some((one) => one.stage === 'doubling-high-multiply' || (multiplierBits(one) ?? 0) > 16)
    ? Uint32Array
    : Uint16Array,
  shift: stages.some((one) => one.stage === 'shift-left' && one.by === undefined) ? Int8Array : Uint8Array,
  hasFactor: scalingOf(stages) === 'scale-float',
})

/** Bits by which a list shifts to the right whatever the channel, less those to the left. */
export const fixedShift = (stages: readonly Stage[]): number =>
  stages.reduce((sum, one) => {
    if (one.stage === 'shift-right') return sum + (one.by ?? 0)
    return one.stage === 'shift-left' ? sum - (one.by ?? 0) : sum
  }, 0)

/**
 * The nearest M and s with which the stages multiply by a factor: M is normalised, with its highest bit set, unless s is at its limit.
 *
 * @throws RangeError for a factor that is not positive and finite, or too large for the stages
 */
export function factorOf(stages: readonly Stage[], factor: number): Factor {
  if (!(factor > 0) || !Number.isFinite(factor))
    throw new RangeError(`a multiplier must be positive and finite, got ${factor}`)
  const wanted = factor * 2 ** fixedShift(stages)
  const most = Math.min(
    ...stages.map((one) => (one.stage === 'shift-right' ? (one.most ?? MOST_SHIFT) : MOST_SHIFT)),
  )
  const multiplies = stages.find((one) => multiplierBits(one) !== undefined)
  if (multiplies === undefined) {
    const shift = Math.min(0 - Math.round(Math.log2(wanted)), most)
    return scalingOf(stages) === 'scale-float'
      ? { multiplier: 0, shift: 0, scale: Math.fround(wanted) }
      : { multiplier: 0, shift: checkShift(stages, shift, factor), scale: 0 }
  }
  // Of a doubling high multiply M is below 2^(bits − 1), and its product is shifted by so much.
  const isDoubling = multiplies.stage === 'doubling-high-multiply'
  const bits = multiplierBits(multiplies)! - (isDoubling ? 1 : 0)
  let shift = Math.min(bits - 1 - Math.floor(Math.log2(wanted)), most + (isDoubling ? bits : 0))
  let multiplier = Math.round(wanted * 2 ** shift)
  if (multiplier === 2 ** bits) {
    multiplier /= 2
    shift--
  }
  return { multiplier, shift: checkShift(stages, isDoubling ? shift - bits : shift, factor), scale: 0 }
}

/** Those of all channels of a layer. Where they share s, M of a channel with a smaller factor is less than normalised. */
export function factorsOf(stages: readonly Stage[], factors: readonly number[]): readonly Factor[] {
  const isShared = stages.some((one) => one.stage === 'shift-right' && one.shared === true)
  if (!isShared) return factors.map((factor) => factorOf(stages, factor))
  const largest = Math.max(...factors)
  const { multiplier, shift } = factorOf(stages, largest)
  return factors.map((factor) => ({
    multiplier: Math.round((multiplier * factor) / largest),
    shift,
    scale: 0,
  }))
}

/** @returns s where the list can shift by it. */
function checkShift(stages: readonly Stage[], shift: number, factor: number): number {
  const isLeft = stages.some((one) => one.stage === 'shift-left' && one.by === undefined)
  const least = isLeft ? LEAST_SHIFT : 0
  if (shift < least)
    throw new RangeError(
      `a factor of ${factor} needs a shift of ${-shift} bit${shift === -1 ? '' : 's'} to the left, the stages have ${-least}`,
    )
  return shift
}
