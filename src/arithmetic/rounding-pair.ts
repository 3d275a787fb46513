/**
 * Where the rounding of a list of stages decides. A value ties if roundings of the declared one's kind give different codes: half down
 * and half up for those to the nearest (of an addition in float32 too), floor and toward zero for those that drop bits.
 */
import type { ChannelParameters, Rounding, Stage } from './stages.ts'

export interface RoundedStages {
  readonly stages: readonly Stage[]
  readonly by: ChannelParameters
}

/** The list with the lowest and with the highest rounding of its kind; no value behind `lower` is above that behind `upper`. */
export const roundingPair = (
  stages: readonly Stage[],
  by: ChannelParameters,
): readonly [lower: RoundedStages, upper: RoundedStages] => [
  roundTo(stages, by, { drop: 'floor', nearest: 'half-down' }),
  roundTo(stages, by, { drop: 'toward-zero', nearest: 'half-up' }),
]

/** Bits that a product in float32 keeps below the point: one of at least a half has 24, so that none below it becomes a half. */
const FRACTION = 25
/** Bits of a product before it is shifted, less two for signs. */
const PRODUCT_BITS = 62

function roundTo(
  stages: readonly Stage[],
  by: ChannelParameters,
  to: { readonly drop: Rounding; readonly nearest: Rounding },
): RoundedStages {
  const roundingOf = (own: Rounding): Rounding =>
    own === 'floor' || own === 'toward-zero' ? to.drop : to.nearest
  const changed = stages.flatMap((stage): readonly Stage[] => {
    switch (stage.stage) {
      case 'doubling-high-multiply':
        return [
          { stage: 'multiply', bits: stage.bits - 1 },
          { stage: 'shift-right', by: stage.bits - 1, rounding: to.nearest },
        ]
      case 'scale-float': {
        // Larger values have no bits below the point.
        const bits = Math.min(64, Math.max(2, PRODUCT_BITS - FRACTION - Math.ceil(Math.log2(by.scale))))
        return [
          { stage: 'narrow', bits, signed: true, overflow: 'saturate' },
          stage,
          { stage: 'shift-right', by: FRACTION, rounding: to.nearest },
        ]
      }
      case 'shift-right':
        return [{ ...stage, rounding: roundingOf(stage.rounding) }]
      case 'rectify':
        return [
          stage.leak === undefined
            ? stage
            : { ...stage, leak: { ...stage.leak, rounding: roundingOf(stage.leak.rounding) } },
        ]
      default:
        return [stage]
    }
  })
  const isFloat = stages.some(({ stage }) => stage === 'scale-float')
  return { stages: changed, by: isFloat ? { ...by, scale: by.scale * 2 ** FRACTION } : by }
}

/** The list whose last stage, a narrow, saturates: ties lie between codes of the range. */
export const saturated = (stages: readonly Stage[]): readonly Stage[] =>
  stages.with(-1, { ...(stages.at(-1) as Extract<Stage, { stage: 'narrow' }>), overflow: 'saturate' })
