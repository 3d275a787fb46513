/** What a convolution's hardware may compute instead of its profile: one change of the profile, or another profile with the same factors. */
import { PROFILES } from '../arithmetic/built-in.ts'
import { factorOf, fixedShift, scalingOf } from '../arithmetic/parameters.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { type ChannelParameters, ROUNDINGS, type Rounding, type Stage } from '../arithmetic/stages.ts'
import { channelParameters } from '../golden/requantise.ts'
import type { IntegerConv } from '../golden/types.ts'

/** An accumulator as the profile adds it, and the sum of all products and the bias. */
export interface Sums {
  readonly own: number
  readonly exact: number
}

export interface Candidate {
  /** As it stands behind "exact under". */
  readonly name: string
  /** What it says of the RTL. */
  readonly means: string
  readonly accumulator: (sums: Sums) => number
  readonly stages: readonly Stage[]
  /** Null where the stages cannot have the channel's factor. */
  readonly parametersOf: (channel: number) => ChannelParameters | null
}

/** The simplest first. */
export function listCandidates(profile: Profile, node: IntegerConv): readonly Candidate[] {
  return [
    ...otherRoundings(profile, node),
    ...otherNarrows(profile, node),
    ...otherAccumulators(profile, node),
    ...otherProfiles(profile, node),
  ]
}

const ownSum = ({ own }: Sums): number => own
const ownParameters = (profile: Profile, node: IntegerConv) => (channel: number) =>
  channelParameters(profile, node, channel)

const MEANS: Readonly<Record<Rounding, string>> = {
  floor: 'the RTL truncates (an arithmetic shift)',
  'toward-zero': 'the RTL truncates toward zero',
  'half-up': 'the RTL rounds half up',
  'half-down': 'the RTL rounds half down',
  'half-away': 'the RTL rounds half away from zero',
  'half-to-even': 'the RTL rounds half to even',
  'tosa-double': 'the RTL rounds twice, as double_round of TOSA',
}

/** How a profile rounds at last; null if it never does. */
export function roundingOf({ requantise }: Pick<Profile, 'requantise'>): Rounding | null {
  for (const stage of requantise.toReversed()) {
    if (stage.stage === 'shift-right') return stage.rounding
    if (stage.stage === 'scale-float') return 'half-to-even'
  }
  return null
}

function otherRoundings(profile: Profile, node: IntegerConv): readonly Candidate[] {
  const own = roundingOf(profile)
  if (!profile.requantise.some(({ stage }) => stage === 'shift-right')) return []
  return ROUNDINGS.filter((rounding) => rounding !== own).map((rounding) => ({
    name: `${profile.name} with rounding ${rounding} instead of ${own}`,
    means: MEANS[rounding],
    accumulator: ownSum,
    stages: profile.requantise.map((stage) =>
      stage.stage === 'shift-right' ? { ...stage, rounding } : stage,
    ),
    parametersOf: ownParameters(profile, node),
  }))
}

/** Each stage that narrows does the other thing, or comes with the other sign. */
function otherNarrows(profile: Profile, node: IntegerConv): readonly Candidate[] {
  return profile.requantise.flatMap((stage, index): Candidate[] => {
    if (stage.stage !== 'narrow') return []
    const to = stage.bits === undefined ? 'a code' : `${stage.bits} bits`
    const overflow = stage.overflow === 'wrap' ? 'saturate' : 'wrap'
    return [
      {
        name: `${profile.name} where a value that does not fit ${to} ${overflow}s instead of ${stage.overflow === 'wrap' ? 'wrapping' : 'saturating'}`,
        means: overflow === 'wrap' ? 'the clamp is missing: its upper bits are cut off' : 'it clamps',
        accumulator: ownSum,
        stages: profile.requantise.with(index, { ...stage, overflow }),
        parametersOf: ownParameters(profile, node),
      },
    ]
  })
}

const LEAST_BITS = 12
const MOST_BITS = 40

/** An accumulator of other bits, and one without a limit where the profile has one. */
function otherAccumulators(profile: Profile, node: IntegerConv): readonly Candidate[] {
  const base = { stages: profile.requantise, parametersOf: ownParameters(profile, node) }
  const { accumulator, productShift } = profile
  const made: Candidate[] = []
  if (accumulator.overflow !== 'refuse' || productShift !== undefined)
    made.push({
      ...base,
      name: `${profile.name} with ${productShift === undefined ? 'an accumulator that holds every sum' : 'whole products and sums'}`,
      means: 'the accumulator of the RTL is wider than the profile says',
      accumulator: ({ exact }) => exact,
    })
  for (let bits = Math.min(MOST_BITS, accumulator.bits - 1); bits >= LEAST_BITS; bits--)
    for (const overflow of ['wrap', 'saturate'] as const)
      made.push({
        ...base,
        name: `${profile.name} with an accumulator of ${bits} bits that ${overflow}s`,
        means: `the accumulator of the RTL has ${bits} bits, the profile ${accumulator.bits}`,
        accumulator: ({ exact }) => narrowSum(exact, bits, overflow),
      })
  return made
}

function narrowSum(sum: number, bits: number, overflow: 'wrap' | 'saturate'): number {
  const half = 2 ** (bits - 1)
  if (overflow === 'saturate') return Math.min(Math.max(sum, -half), half - 1)
  return sum - Math.floor((sum + half) / (2 * half)) * 2 * half
}

/** The built-in ones, with the layer's factors, its zero point, and its kind of codes. */
function otherProfiles(profile: Profile, node: IntegerConv): readonly Candidate[] {
  const { accumulator: own } = profile
  return PROFILES.filter(({ name }) => name !== profile.name).map((other) => {
    const { bits, overflow } = other.accumulator
    const stages = withOwnCodes(other.requantise, profile)
    const rounding = roundingOf(other)
    return {
      name: other.name,
      means: `the RTL has its stages${rounding === null || rounding === roundingOf(profile) ? '' : ` (rounding ${rounding})`} with the factors of the layer`,
      accumulator: ({ exact }) =>
        overflow === 'refuse' || (bits === own.bits && overflow === own.overflow) || bits > 53
          ? exact
          : narrowSum(exact, bits, overflow),
      stages,
      parametersOf: (channel) => otherParameters(profile, node, channel, stages),
    }
  })
}

/** The last narrow is to the layer's kind of codes, behind its zero point. */
function withOwnCodes(stages: readonly Stage[], { codes, requantise }: Profile): readonly Stage[] {
  const kept = stages.slice(0, -1).filter(({ stage }) => stage !== 'add-zero-point')
  const adds = requantise.some(({ stage }) => stage === 'add-zero-point')
  const last = stages.at(-1)!
  return [
    ...kept,
    ...(adds ? [{ stage: 'add-zero-point' } as const] : []),
    last.stage === 'narrow' ? { ...last, signed: codes.signed } : last,
  ]
}

function otherParameters(
  profile: Profile,
  node: IntegerConv,
  channel: number,
  stages: readonly Stage[],
): ChannelParameters | null {
  const own = channelParameters(profile, node, channel)
  try {
    return { ...own, ...factorOf(stages, realFactor(profile.requantise, own)) }
  } catch (error) {
    // The stages cannot shift so far.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** By what stages multiply. */
function realFactor(stages: readonly Stage[], { multiplier, shift, scale }: ChannelParameters): number {
  const scaling = scalingOf(stages)
  const doubling = stages.find((stage) => stage.stage === 'doubling-high-multiply')
  const shifted = 2 ** -(shift + fixedShift(stages) + (doubling === undefined ? 0 : doubling.bits - 1))
  if (scaling === 'scale-float') return scale * 2 ** -fixedShift(stages)
  return (scaling === 'multiply' || scaling === 'doubling-high-multiply' ? multiplier : 1) * shifted
}
