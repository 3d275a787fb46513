/** What a convolution's hardware may compute instead of its profile: one change of the profile, or another profile with the same factors. */
import { PROFILES } from '../../arithmetic/built-in.ts'
import { factorsOf, fixedShift, scalingOf } from '../../arithmetic/parameters.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import {
  addsZeroPoint,
  endAtCodes,
  ROUNDINGS,
  type Rounding,
  type Stage,
  withRounding,
} from '../../arithmetic/stages.ts'
import { accumulatorRanges, signedBits } from '../../golden/accumulator.ts'
import { paddingCode } from '../../golden/code-range.ts'
import type { IntegerConv, QuantParams } from '../../golden/types.ts'
import { convolveChanged, isQuickUnder } from './convolve-changed.ts'
import type { Convolved, Hypothesis } from './hypothesis.ts'

export interface Candidate {
  /** The same for every layer. */
  readonly id: string
  /** The profile, and what is another in it. */
  readonly name: string
  /** What it says of the RTL. */
  readonly means: string
  readonly profile: Profile
  /** The convolution with the parameters that the profile takes. */
  readonly node: IntegerConv
}

/** A candidate as a hypothesis. */
export interface Arithmetic extends Hypothesis {
  readonly candidate: Candidate
}

/** The last stages otherwise: one word of the RTL. */
export const listStageChanges = (own: Convolved): readonly Arithmetic[] =>
  toHypotheses(own, [...otherRoundings(own.profile, own.node), ...otherNarrows(own.profile, own.node)])

/** Padding with the zero point, or with code 0. */
export const listPaddings = (own: Convolved): readonly Arithmetic[] =>
  toHypotheses(own, otherPadding(own.profile, own.node, own.input.quant))

/** Another accumulator, or the stages of another profile. */
export const listOtherSums = (own: Convolved): readonly Arithmetic[] =>
  toHypotheses(own, [
    ...otherAccumulators(own.profile, own.node),
    ...saturatingProducts(own.profile, own.node, own.input.quant.bits),
    ...otherProfiles(own.profile, own.node),
  ])

const toHypotheses = (own: Convolved, candidates: readonly Candidate[]): readonly Arithmetic[] =>
  candidates.map((candidate) => ({
    id: candidate.id,
    change: 'arithmetic',
    says: `${candidate.name}: ${candidate.means}`,
    candidate,
    predict: () =>
      isQuickUnder(candidate.profile, candidate.node) ? convolveChanged({ ...own, ...candidate }) : null,
  }))

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
  // Up to a shift of 31 this one is half up.
  const isLong = node.shift.some((shift) => shift > 31)
  return ROUNDINGS.filter((rounding) => rounding !== own && (rounding !== 'tosa-double' || isLong)).map(
    (rounding) => ({
      id: `rounding-${rounding}`,
      name: `${profile.name} with rounding ${rounding} instead of ${own}`,
      means: MEANS[rounding],
      profile: { ...profile, requantise: withRounding(profile.requantise, rounding) },
      node,
    }),
  )
}

/** Each stage that narrows does the other thing, or comes with the other sign. */
function otherNarrows(profile: Profile, node: IntegerConv): readonly Candidate[] {
  return profile.requantise.flatMap((stage, index): Candidate[] => {
    if (stage.stage !== 'narrow') return []
    const to = stage.bits === undefined ? 'a code' : `${stage.bits} bits`
    const overflow = stage.overflow === 'wrap' ? 'saturate' : 'wrap'
    const what = stage.bits === undefined ? 'clamp' : `narrow-${stage.bits}`
    return [
      {
        id: overflow === 'wrap' ? `no-${what}` : what,
        name: `${profile.name} where a value that does not fit ${to} ${overflow}s instead of ${stage.overflow === 'wrap' ? 'wrapping' : 'saturating'}`,
        means: overflow === 'wrap' ? 'the clamp is missing: its upper bits are cut off' : 'it clamps',
        profile: { ...profile, requantise: profile.requantise.with(index, { ...stage, overflow }) },
        node,
      },
    ]
  })
}

/** The other code outside of the tensor, where the layer reads it, and it is another. */
function otherPadding(profile: Profile, node: IntegerConv, input: QuantParams): readonly Candidate[] {
  const isZero = profile.codes.padding === 'zero-code'
  const codes = { ...profile.codes, padding: isZero ? ('zero-point' as const) : ('zero-code' as const) }
  const other = { ...profile, codes }
  if (node.padding === 0 || paddingCode(other, input) === paddingCode(profile, input)) return []
  const [own, found] = isZero ? ['code 0', 'the zero point'] : ['the zero point', 'code 0']
  return [
    {
      id: isZero ? 'padding-zero-point' : 'padding-zero',
      name: `${profile.name} with ${found} as padding instead of ${own}`,
      means: `the RTL pads with ${found}`,
      profile: other,
      node,
    },
  ]
}

/** Widths of adders that saturate. */
const SATURATING_BITS = [32, 24, 20, 18, 16]

/** A sum that saturates at each product, where one of the layer can be as large: its exact range says so (A-3). */
function saturatingProducts(profile: Profile, node: IntegerConv, inputBits: number): readonly Candidate[] {
  const needed = Math.max(...accumulatorRanges(node, inputBits, profile).map(signedBits))
  const { bits: own, overflow, at } = profile.accumulator
  const isOwn = (bits: number): boolean => bits === own && overflow === 'saturate' && at === 'product'
  return SATURATING_BITS.filter((bits) => bits < needed && bits <= own && !isOwn(bits)).map((bits) => ({
    id: `accumulator-${bits}-saturates-each`,
    name: `${profile.name} with an accumulator of ${bits} bits that saturates at each product`,
    means: `the accumulator of the RTL has ${bits} bits and saturates before the last product, the profile's has ${own}`,
    profile: { ...profile, accumulator: { bits, overflow: 'saturate', at: 'product' } },
    node,
  }))
}

const LEAST_BITS = 12
const MOST_BITS = 40

/** An accumulator of other bits, and one without a limit where the profile has one. */
function otherAccumulators(profile: Profile, node: IntegerConv): readonly Candidate[] {
  const { productShift, ...base } = profile
  const { accumulator } = base
  const made: Candidate[] = []
  if (accumulator.overflow !== 'refuse' || productShift !== undefined)
    made.push({
      id: 'accumulator-whole',
      name: `${profile.name} with ${productShift === undefined ? 'an accumulator that holds every sum' : 'whole products and sums'}`,
      means: 'the accumulator of the RTL is wider than the profile says',
      profile: { ...base, accumulator: { bits: 64, overflow: 'refuse', at: 'end' } },
      node,
    })
  for (let bits = Math.min(MOST_BITS, accumulator.bits - 1); bits >= LEAST_BITS; bits--)
    for (const overflow of ['wrap', 'saturate'] as const)
      made.push({
        id: `accumulator-${bits}-${overflow}s`,
        name: `${profile.name} with an accumulator of ${bits} bits that ${overflow}s`,
        means: `the accumulator of the RTL has ${bits} bits, the profile ${accumulator.bits}`,
        profile: { ...profile, accumulator: { bits, overflow, at: 'end' } },
        node,
      })
  return made
}

/** The built-in ones, those with the same stages first, with the layer's factors, its zero point, and its kind of codes. */
function otherProfiles(profile: Profile, node: IntegerConv): readonly Candidate[] {
  const kinds = ({ requantise }: Profile): string => requantise.map(({ stage }) => stage).join()
  const isAlike = (other: Profile): number => Number(kinds(other) === kinds(profile))
  const others = PROFILES.filter(({ name }) => name !== profile.name)
  const ends = { signed: profile.codes.signed, hasZeroPoint: addsZeroPoint(profile.requantise) }
  return others
    .toSorted((a, b) => isAlike(b) - isAlike(a))
    .flatMap((other): Candidate[] => {
      const requantise = endAtCodes(other.requantise, ends)
      const own = withFactors(profile, node, requantise)
      const rounding = roundingOf(other)
      return own === null
        ? []
        : [
            {
              id: `profile-${other.name}`,
              name: other.name,
              means: `the RTL has its stages${rounding === null || rounding === roundingOf(profile) ? '' : ` (rounding ${rounding})`} with the factors of the layer`,
              profile: { ...other, codes: profile.codes, requantise },
              node: own,
            },
          ]
    })
}

/** The convolution with M and s for other stages than its profile's; null where these cannot have a channel's factor. */
export function withFactors(
  { requantise }: Pick<Profile, 'requantise'>,
  node: IntegerConv,
  stages: readonly Stage[],
): IntegerConv | null {
  try {
    const factors = factorsOf(
      stages,
      Array.from(node.multiplier, (_, channel) => realFactor(requantise, node, channel)),
    )
    return {
      ...node,
      multiplier: Uint32Array.from(factors, ({ multiplier }) => multiplier),
      shift: Int8Array.from(factors, ({ shift }) => shift),
      factor: Float32Array.from(factors, ({ scale }) => scale),
    }
  } catch (error) {
    // The stages cannot shift so far.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** By what stages multiply a channel's accumulators. */
function realFactor(stages: readonly Stage[], node: IntegerConv, channel: number): number {
  const scaling = scalingOf(stages)
  const doubling = stages.find((stage) => stage.stage === 'doubling-high-multiply')
  const fixed = 2 ** -(fixedShift(stages) + (doubling === undefined ? 0 : doubling.bits - 1))
  if (scaling === 'scale-float') return (node.factor?.[channel] ?? 0) * fixed
  const shifted = fixed * 2 ** -node.shift[channel]!
  const multiplies = scaling === 'multiply' || scaling === 'doubling-high-multiply'
  return multiplies ? node.multiplier[channel]! * shifted : shifted
}
