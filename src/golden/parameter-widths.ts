/** How wide the parameters of a channel are in hardware, and what its memories hold. */
import type { Profile } from '../arithmetic/profile.ts'
import type { Stage } from '../arithmetic/stages.ts'
import type { IntegerConv } from './types.ts'

export interface ParameterWidths {
  /** Signed. */
  readonly bias: number
  /** Of M, unsigned; 0 where nothing multiplies by it. */
  readonly multiplier: number
  /** Of s; 0 where nothing shifts by it. */
  readonly shift: number
  /** Whether s may be below 0, a shift to the left, and is signed. */
  readonly isShiftSigned: boolean
  /** Whether a channel has a factor in float32. */
  readonly hasFactor: boolean
}

const MOST_SHIFT = 63
const LEAST_SHIFT = 31
const bitsOf = (unsigned: number): number => Math.floor(Math.log2(Math.max(unsigned, 1))) + 1

/** What the stages of a list take of a channel. */
function widthsOf(stages: readonly Stage[]): Omit<ParameterWidths, 'bias'> {
  let [multiplier, most] = [0, 0]
  let isShiftSigned = false
  let hasFactor = false
  for (const stage of stages)
    switch (stage.stage) {
      case 'multiply':
      case 'doubling-high-multiply':
        multiplier = stage.bits
        break
      case 'hook':
        // It may shift by s, too.
        multiplier = stage.multiplierBits ?? multiplier
        most = MOST_SHIFT
        break
      case 'shift-right':
        if (stage.by === undefined) most = Math.max(most, stage.most ?? MOST_SHIFT)
        break
      case 'shift-left':
        if (stage.by === undefined) isShiftSigned = true
        break
      case 'scale-float':
        hasFactor = true
    }
  const shift = isShiftSigned ? bitsOf(Math.max(most, LEAST_SHIFT)) + 1 : most === 0 ? 0 : bitsOf(most)
  return { multiplier, shift, isShiftSigned, hasFactor }
}

/** Of a convolution's channels. */
export const parameterWidths = ({
  bias,
  requantise,
}: Pick<Profile, 'bias' | 'requantise'>): ParameterWidths => ({
  bias: bias.bits,
  ...widthsOf(requantise),
})

/** B as a memory holds it, before it is aligned with the products. */
export const storedBias = (
  { bias: { shift } }: Pick<Profile, 'bias'>,
  bias: Int32Array,
): ArrayLike<number> => (shift === 0 ? bias : Float64Array.from(bias, (value) => value / 2 ** shift))

/** The bits of each channel's float32. */
export const factorBits = ({ factor }: Pick<IntegerConv, 'factor'>): ArrayLike<number> =>
  factor === undefined ? [] : new Uint32Array(factor.buffer, factor.byteOffset, factor.length)
