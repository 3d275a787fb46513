/** A profile of its own from stages that were found. */
import { PROFILES } from './built-in.ts'
import { checkProfile } from './check-profile.ts'
import { scalingOf } from './parameters.ts'
import type { Profile } from './profile.ts'
import { addsZeroPoint, endAtCodes, type Stage } from './stages.ts'

export interface MakeOptions {
  /** The name of the profile that is meant where several built-in ones are as near. */
  readonly like?: string
  /** What everything but the stages is of: the nearest built-in one without. */
  readonly base?: Profile
  /** Of the accumulator, where they are known. */
  readonly accumulatorBits?: number | undefined
}

/**
 * A profile with these stages: everything else is that of another, and for the user to look at.
 *
 * @param stages from an accumulator to a code, which end with a `narrow` without bits
 * @throws InputError where they are no profile's: see `checkProfile`
 */
export function makeProfile(
  stages: readonly Stage[],
  name: string,
  source: string,
  {
    like = '',
    base = nearestProfile(stages, like),
    accumulatorBits: bits = base.accumulator.bits,
  }: MakeOptions = {},
): Profile {
  const { signed } = stages.at(-1) as Extract<Stage, { stage: 'narrow' }>
  const hasZeroPoint = addsZeroPoint(stages)
  const isRectified = stages.some(({ stage }) => stage === 'rectify')
  const scale = scalingOf(stages) === 'shift' ? 'power-of-two' : base.codes.scale
  const profile: Profile = {
    ...base,
    name,
    source,
    codes: { ...base.codes, signed, zeroPoint: hasZeroPoint ? 'tensor' : 0, scale },
    weights: { ...base.weights, scale: scale === 'power-of-two' ? scale : base.weights.scale },
    accumulator: { ...base.accumulator, bits },
    requantise: withoutIdle(stages, bits),
    activation: isRectified ? { ...base.activation, rectified: { form: 'stage' } } : base.activation,
    add: withCodes(base.add, signed, hasZeroPoint),
  }
  return checkProfile(profile, name)
}

/** An accumulator that fits is not narrowed: a clamp to as many bits as it has, or more, is none. */
const withoutIdle = ([first, ...others]: readonly Stage[], bits: number): readonly Stage[] =>
  first!.stage === 'narrow' && first!.bits !== undefined && first!.signed && first!.bits > bits
    ? others
    : [first!, ...others]

/** Of profiles that scale in the same way: the one that shares most stages, and the signedness of codes. */
function nearestProfile(stages: readonly Stage[], like: string): Profile {
  const own = new Set(stages.map((stage) => JSON.stringify(stage)))
  const score = ({ name, requantise }: Profile): number => {
    const shared = requantise.filter((stage) => own.has(JSON.stringify(stage))).length
    const isSame = scalingOf(requantise) === scalingOf(stages)
    return (isSame ? 100 : 0) + 2 * shared - requantise.length + (name === like ? 0.5 : 0)
  }
  return PROFILES.toSorted((a, b) => score(b) - score(a))[0]!
}

/** The addition of another profile, which ends at codes of the same kind. */
function withCodes(add: Profile['add'], signed: boolean, hasZeroPoint: boolean): Profile['add'] {
  if (add.form === 'float32') return add
  const operand = add.operand.map((stage) =>
    stage.stage === 'narrow' && stage.bits === undefined ? { ...stage, signed } : stage,
  )
  return { ...add, operand, sum: endAtCodes(add.sum, { signed, hasZeroPoint }) }
}
