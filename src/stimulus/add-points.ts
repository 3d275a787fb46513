/** What an addition does with pairs of codes: by the formula of `assay`, by the stages of a profile, or in float32. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { roundingPair, saturated } from '../arithmetic/rounding-pair.ts'
import { runStages } from '../arithmetic/run-stages.ts'
import type { Stage } from '../arithmetic/stages.ts'
import { addParameters, floatSum } from '../golden/add.ts'
import { codeOffset } from '../golden/code-range.ts'
import { clamp } from '../golden/fixed-point.ts'
import { runStagesFast } from '../golden/run-stages-fast.ts'
import type { Codes, IntegerAdd, QuantParams } from '../golden/types.ts'

export interface AddPoints {
  /** The codes before the clamp, as they are carried. */
  readonly raw: Float64Array | Int32Array
  /** Where roundings of a kind give different codes: on which side of 0 their sum is. */
  readonly tie: Uint8Array
}

export const TIE = { none: 0, above: 1, below: 2 } as const
const sideOf = (sum: number): number => (sum < 0 ? TIE.below : TIE.above)

export type AddPair = readonly [QuantParams, QuantParams]

/** Of as many codes of either operand, pair by pair. */
type PointsOf = (a: Codes, b: Codes) => AddPoints

export function addPointsOf(node: IntegerAdd, quants: AddPair, profile: Profile = ASSAY): PointsOf {
  if (profile === ASSAY) return onceOf(node, quants)
  return profile.add.form === 'float32' ? floatOf(node, quants) : stagesOf(node, quants, profile, profile.add)
}

type Raws = Float64Array | Int32Array

/** Codes before the clamp of the lowest rounding, of the declared one and of the highest, which differ only at ties. */
function compare(
  { quant }: IntegerAdd,
  sums: Raws,
  [lower, raw, upper]: readonly [Raws, Raws, Raws],
): AddPoints {
  const largest = 2 ** quant.bits - 1
  const tie = new Uint8Array(raw.length)
  for (let i = 0; i < tie.length; i++) {
    const low = clamp(lower[i]!, 0, largest)
    if (low !== clamp(upper[i]!, 0, largest) || low !== clamp(raw[i]!, 0, largest)) tie[i] = sideOf(sums[i]!)
  }
  return { raw, tie }
}

/** What one operand adds to the sum, by its code. */
const termsOf = ({ bits }: QuantParams, termOf: (code: number) => number): Float64Array =>
  Float64Array.from({ length: 2 ** bits }, (_, code) => termOf(code))

/** Exact: 31 and 17 bits in a double, scaled by a power of two. */
function onceOf({ multipliers, shift, quant }: IntegerAdd, quants: AddPair): PointsOf {
  const [ofA, ofB] = quants.map((own, i) =>
    termsOf(own, (code) => ((code - own.zeroPoint) * multipliers[i]!) / 2 ** shift),
  ) as [Float64Array, Float64Array]
  const largest = 2 ** quant.bits - 1
  return (a, b) => {
    const raw = new Float64Array(a.length)
    const tie = new Uint8Array(a.length)
    for (let i = 0; i < raw.length; i++) {
      const scaled = ofA[a[i]!]! + ofB[b[i]!]!
      const rounded = Math.floor(scaled + 0.5)
      const code = quant.zeroPoint + rounded
      raw[i] = code
      if (rounded - scaled === 0.5 && code >= 1 && code <= largest) tie[i] = sideOf(scaled)
    }
    return { raw, tie }
  }
}

/** Both operands and their quotient in float32; a quotient exactly between two integers ties. */
function floatOf(node: IntegerAdd, quants: AddPair): PointsOf {
  const quotientOf = floatSum(node.quant, quants)
  const { zeroPoint } = node.quant
  return (a, b) => {
    const exact = new Float64Array(a.length)
    for (let i = 0; i < exact.length; i++)
      exact[i] = quotientOf(a[i]! - quants[0].zeroPoint, b[i]! - quants[1].zeroPoint)
    const lower = exact.map((value) => Math.ceil(value - 0.5) + zeroPoint)
    const upper = exact.map((value) => Math.floor(value + 0.5) + zeroPoint)
    // Of two that are as near, the even one.
    const raw = lower.map((code, i) => ((code - zeroPoint) % 2 === 0 ? code : upper[i]!))
    return compare(node, exact, [lower, raw, upper])
  }
}

type Form = Extract<Profile['add'], { form: 'stages' }>

function stagesOf(node: IntegerAdd, quants: AddPair, profile: Profile, form: Form): PointsOf {
  const by = addParameters(node, profile)
  const offset = codeOffset(profile, node.quant.bits)
  const raw: readonly Stage[] = [
    ...form.sum.slice(0, -1),
    { stage: 'narrow', bits: 30, signed: true, overflow: 'saturate' },
  ]
  const operands = by.operands.map((own) => [
    { stages: form.operand, by: own },
    ...roundingPair(form.operand, own),
  ])
  const sums = [{ stages: raw, by: by.sum }, ...roundingPair(saturated(form.sum), by.sum)]
  const ways = sums.map((sum, way) => ({
    sum,
    terms: quants.map((own, i) => {
      const { stages, by: parameters } = operands[i]![way]!
      return termsOf(own, (code) => Number(runStages(stages, BigInt(code - own.zeroPoint), parameters)))
    }),
  }))
  return (a, b) => {
    let sums = new Float64Array()
    const [own, lower, upper] = ways.map(({ sum, terms }, way) => {
      const [ofA, ofB] = terms as [Float64Array, Float64Array]
      const values = new Float64Array(a.length)
      if (way === 0) sums = values
      for (let i = 0; i < values.length; i++) values[i] = ofA[a[i]!]! + ofB[b[i]!]!
      const codes = runStagesFast(sum.stages, values, sum.by)
      for (let i = 0; i < codes.length; i++) codes[i]! += offset
      return codes
    }) as [Int32Array, Int32Array, Int32Array]
    return compare(node, sums, [lower, own, upper])
  }
}
