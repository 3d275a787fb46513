/** What a module that nobody has described may compute: the built-in profiles, and variations of their stages. */
import { PROFILES } from './built-in.ts'
import { summariseStages } from './describe-stages.ts'
import { AS_GIVEN, type Candidate, type Reading } from './fit-profiles.ts'
import { scalingOf } from './parameters.ts'
import type { Profile } from './profile.ts'
import { ROUNDINGS, type Rounding, type Stage } from './stages.ts'

/** What is known of a module's multiplier, shift and zero point. */
export interface ModuleShape {
  /** Bits of M that it is given; null for a module without M. */
  readonly multiplierBits: number | null
  /** Null where s is somewhere inside, the same for all channels. */
  readonly shift: { readonly signed: boolean; readonly least: number; readonly greatest: number } | null
  /** Bits of the zero point, and whether its port is declared signed; null for a module without. */
  readonly zeroPoint: { readonly signed: boolean; readonly bits: number } | null
  /** Whether it is given a float32 scale. */
  readonly scale: boolean
  /** Whether its code is declared signed. */
  readonly codeSigned: boolean
}

/** The most that a shift inside a module is looked for. */
const MOST_INSIDE = 31

/**
 * Built-in profiles and those of the user first, then variations: each scaling, rounding, end and place of the zero point, and
 * those with a ReLU inside.
 *
 * @param own further profiles, from files
 */
export function listCandidates(shape: ModuleShape, own: readonly Profile[] = []): readonly Candidate[] {
  const builtIn = PROFILES.filter((profile) => !own.includes(profile))
  const named = [...own, ...builtIn].flatMap((profile) => {
    const stages = withMultiplierBits(profile.requantise, shape)
    if (stages === null) return []
    const bits = stages === profile.requantise ? '' : `, but M of ${shape.multiplierBits} bits`
    return [{ name: `${profile.name}${bits}`, stages }]
  })
  const varied = [...listVariations(shape), ...listRectified(shape)].map((stages) => ({
    name: summariseStages(stages),
    stages,
  }))
  const seen = new Set<string>()
  const all = [...named, ...varied]
  return all.flatMap(({ name, stages }, index) => {
    // Profiles that compute the same have each a name.
    const key = keyOf(stages, shape)
    if (index >= named.length && seen.has(key)) return []
    seen.add(key)
    return readingsOf(stages, shape).map((reading) => ({ name, stages, reading }))
  })
}

/** What a list computes here: a shift to the left that no channel asks for is nothing. */
const keyOf = (stages: readonly Stage[], { shift }: ModuleShape): string =>
  summariseStages(
    stages.filter(
      (stage) =>
        stage.stage !== 'shift-left' || stage.by !== undefined || (shift !== null && shift.least < 0),
    ),
  )

const isMultiply = (stage: Stage): stage is Extract<Stage, { bits: number; stage: `${string}multiply` }> =>
  stage.stage === 'multiply' || stage.stage === 'doubling-high-multiply'

/** The stages with an M as wide as the module's; null where the module has nothing that they need. */
function withMultiplierBits(
  stages: readonly Stage[],
  { multiplierBits, scale }: ModuleShape,
): readonly Stage[] | null {
  const scaling = scalingOf(stages)
  if (scaling === 'scale-float') return scale ? stages : null
  if (scaling === 'shift') return multiplierBits === null && !scale ? stages : null
  if (scaling === 'none' || multiplierBits === null) return null
  const own = stages.find(isMultiply)!
  if (own.stage === 'multiply')
    return own.bits === multiplierBits
      ? stages
      : stages.map((stage) => (stage === own ? { ...own, bits: multiplierBits } : stage))
  const bits = multiplierBits > 16 ? 32 : 16
  return own.bits === bits ? stages : stages.map((stage) => (stage === own ? { ...own, bits } : stage))
}

/** Every list of stages that is looked at, whether or not a profile has it. */
function listVariations({
  multiplierBits,
  shift,
  zeroPoint,
  scale,
  codeSigned,
}: ModuleShape): readonly (readonly Stage[])[] {
  return listScalings(multiplierBits, shift?.signed === true, scale).flatMap((scaling) =>
    listEnds(zeroPoint !== null, codeSigned).flatMap((end) => [
      [...scaling, ...end],
      // What is added before the scaling is added to the accumulator.
      ...(zeroPoint === null || end[0]!.stage !== 'add-zero-point'
        ? []
        : [[end[0]!, ...scaling, ...end.slice(1)]]),
    ]),
  )
}

/** Of values of at least 0 each of the others rounds as one of these, but for halves that go down, which nobody builds. */
const RECTIFIED_ROUNDINGS: readonly Rounding[] = ['floor', 'half-up', 'half-to-even']

/**
 * Requantisers with a ReLU: codes of at least Z, and at most the largest. As 0 is scaled to 0, a ReLU behind the scaling is one in
 * front of it. An unsigned code without a zero point is of at least 0 anyway.
 */
function listRectified({
  multiplierBits,
  shift,
  zeroPoint,
  scale,
}: ModuleShape): readonly (readonly Stage[])[] {
  const saturate = (signed: boolean): Stage => ({ stage: 'narrow', signed, overflow: 'saturate' })
  const ends: readonly (readonly Stage[])[] =
    zeroPoint === null
      ? [[saturate(true)]]
      : [true, false].map((signed) => [{ stage: 'add-zero-point' }, saturate(signed)])
  return listScalings(multiplierBits, shift?.signed === true, scale, RECTIFIED_ROUNDINGS).flatMap((scaling) =>
    ends.map((end) => [{ stage: 'rectify' }, ...scaling, ...end]),
  )
}

function listScalings(
  multiplierBits: number | null,
  isSigned: boolean,
  scale: boolean,
  roundings: readonly Rounding[] = ROUNDINGS,
): readonly (readonly Stage[])[] {
  if (scale) return [[{ stage: 'scale-float' }]]
  const left: readonly Stage[] = [{ stage: 'shift-left' }]
  const bits = multiplierBits ?? 0
  const products: readonly Stage[] =
    multiplierBits === null
      ? []
      : [
          { stage: 'multiply', bits },
          { stage: 'doubling-high-multiply', bits: bits > 16 ? 32 : 16 },
        ]
  return roundings
    .filter((rounding) => rounding !== 'tosa-double' || bits > 16)
    .flatMap((rounding) => {
      const right: Stage = { stage: 'shift-right', rounding }
      const before = (product?: Stage) =>
        isSigned || product?.stage === 'doubling-high-multiply' ? left : []
      if (products.length === 0) return [[...before(), right]]
      return products.map((product) => [...before(product), product, right])
    })
}

/** Behind the scaling: the zero point before or behind the end of the range. */
function listEnds(hasZeroPoint: boolean, codeSigned: boolean): readonly (readonly Stage[])[] {
  const ends: readonly Stage[] = [
    { stage: 'narrow', signed: true, overflow: 'saturate' },
    { stage: 'narrow', signed: false, overflow: 'saturate' },
    // Signed or not, the bits are the same.
    { stage: 'narrow', signed: codeSigned, overflow: 'wrap' },
  ]
  if (!hasZeroPoint) return ends.map((end) => [end])
  const zero: Stage = { stage: 'add-zero-point' }
  const signed = ends.filter((end) => end.stage === 'narrow' && end.signed && end.overflow === 'saturate')
  return [
    ...ends.map((end) => [zero, end]),
    ...signed.flatMap((before) => ends.map((end) => [before, zero, end])),
  ]
}

/** What the port of the shift, and of the zero point, may mean for these stages. */
function readingsOf(stages: readonly Stage[], { shift, zeroPoint }: ModuleShape): readonly Reading[] {
  const last = stages.at(-1)!
  const isSigned = last.stage === 'narrow' && last.signed
  const bits = zeroPoint !== null && !zeroPoint.signed && isSigned ? { zeroPointBits: zeroPoint.bits } : {}
  if (!stages.some((stage) => stage.stage === 'shift-right' && stage.by === undefined))
    return [{ ...AS_GIVEN, ...bits }]
  if (shift === null)
    return Array.from({ length: MOST_INSIDE + 1 }, (_, s) => ({ shiftSign: 0, shiftOffset: s, ...bits }))
  const product = stages.find(isMultiply)
  const within = product === undefined ? 0 : product.bits - (product.stage === 'multiply' ? 0 : 1)
  const offsets = product === undefined ? [0] : product.stage === 'multiply' ? [0, within] : [0, -within]
  const signs = shift.signed ? ([1, -1] as const) : ([1] as const)
  return signs.flatMap((shiftSign) =>
    offsets
      .map((offset): Reading => ({ shiftSign, shiftOffset: offset === 0 ? 0 : offset, ...bits }))
      .filter((reading) => canShift(stages, reading, shift)),
  )
}

/** Whether the stages can shift by all that the module was given. */
function canShift(
  stages: readonly Stage[],
  { shiftSign, shiftOffset }: Reading,
  { least, greatest }: { readonly least: number; readonly greatest: number },
): boolean {
  const ends = [least, greatest].map((s) => shiftSign * s + shiftOffset)
  const isLeft = stages.some((stage) => stage.stage === 'shift-left')
  return Math.min(...ends) >= (isLeft ? -31 : 0) && Math.max(...ends) <= 63
}
