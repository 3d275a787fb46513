/**
 * What may follow a convolution's shift instead: another zero point, clamp or table. All of these are functions of one value, that
 * behind the zero point and before the clamp, so that one computation serves them all.
 */
import { codeOffset, codeRange } from '../../golden/code-range.ts'
import { clamp } from '../../golden/fixed-point.ts'
import type { IntegerConv } from '../../golden/types.ts'
import { convolveChanged } from './convolve-changed.ts'
import { type Ends, type Finish, finishOf, lookUp, type Rule, wrapped } from './finish.ts'
import {
  type Convolved,
  changePrediction,
  type Hypothesis,
  type Surroundings,
  signed,
  tooFar,
} from './hypothesis.ts'
import { listIndices, listLostEntries, listOtherTables, listOutputs } from './tables.ts'

/** The value is computed as a signed code of 16 bits: what is beyond has long saturated. */
const WIDE = 16
const HALF = 2 ** (WIDE - 1)

export function listCodeHypotheses(own: Convolved, around: Surroundings): readonly Hypothesis[] {
  const { node, profile } = own
  const [low, high] = codeRange(profile, node.requantBits)
  const ends: Ends = {
    ...{ low, high, indexBits: node.requantBits, outputBits: node.quant.bits, table: node.table },
    outputOffset: codeOffset(profile, node.quant.bits),
  }
  const values = valuesOf(own)
  return [
    ...zeroPoints(ends, node.requantZeroPoint + low),
    ...clamps(ends),
    ...(node.table === null
      ? []
      : [
          ...listIndices(ends),
          ...listOtherTables(ends, node, around.convolutions),
          ...listLostEntries(ends, around.written),
        ]),
    ...listOutputs(ends),
  ].map(({ id, change, says, finish }) => ({
    ...{ id, change, says },
    predict: () => changePrediction(values, (valueAt) => (index) => finish(valueAt(index), index)),
  }))
}

/** Values before the clamp: computed once, of a sample and of all elements. */
function valuesOf({ node, input, profile }: Convolved) {
  const zeroPoint = node.requantZeroPoint - codeOffset(profile, node.requantBits) + HALF
  const wide: IntegerConv = {
    ...node,
    ...{ requantBits: WIDE, requantZeroPoint: zeroPoint, table: null },
    quant: { ...node.quant, bits: WIDE, zeroPoint },
  }
  const { at, all } = convolveChanged({ node: wide, input, profile })
  const known = new Map<number, number>()
  let every: ReturnType<NonNullable<typeof all>> | undefined
  return {
    at: (index: number): number => {
      const value = known.get(index) ?? at(index) - HALF
      known.set(index, value)
      return value
    },
    all: (): ((index: number) => number) | null => {
      if (every === undefined) every = all!()
      const codeAt = every
      return codeAt === null ? null : (index) => codeAt(index) - HALF
    },
  }
}

/** Steps of a zero point that are tried. */
const STEPS = [1, -1, 2, -2, 3, -3, 4, -4]

/** Z of A-4. */
function zeroPoints(ends: Ends, zeroPoint: number): readonly Rule[] {
  const where = ends.table === null ? "the output's zero point" : "the zero point of the table's index"
  const steps: Rule[] = STEPS.map((step) => ({
    id: `zero-point${signed(step)}`,
    change: 'parameters',
    says: `${where}, ${tooFar(step)}: ${zeroPoint + step} instead of ${zeroPoint}`,
    finish: (value) => finishOf(ends, value + step),
  }))
  const half = 2 ** (ends.indexBits - 1)
  const sign: Rule = {
    id: 'zero-point-signed',
    change: 'sign',
    says: `${where} as a signed number: ${zeroPoint - 2 * half} instead of ${zeroPoint}`,
    finish: (value) => finishOf(ends, value - 2 * half),
  }
  if (zeroPoint >= half) steps.push(sign)
  if (zeroPoint === 0) return steps
  const missing: Rule = {
    id: 'no-zero-point',
    change: 'parameters',
    says: `no zero point: ${zeroPoint} is not added behind the shift`,
    finish: (value) => finishOf(ends, value - zeroPoint),
  }
  return [...steps, missing]
}

/** The clamp of A-4: at one end, at neither, or of another width. */
function clamps(ends: Ends): readonly Rule[] {
  const { low, high, indexBits, outputBits } = ends
  const rule = (id: string, says: string, finish: Finish): Rule => ({
    id,
    change: 'arithmetic',
    says,
    finish,
  })
  const own = (value: number): number => lookUp(ends, wrapped(ends, value))
  const half = 2 ** (indexBits - 1)
  const read = low === 0 ? 'signed' : 'unsigned'
  const least = low === 0 ? -half : 0
  return [
    rule('no-clamp-low', `no clamp at ${low}: a value below it wraps`, (value) => own(Math.min(value, high))),
    rule('no-clamp-high', `no clamp at ${high}: a value above it wraps`, (value) =>
      own(Math.max(value, low)),
    ),
    ...[1, 2].flatMap((by) => [
      rule(`clamp-high-${by}`, `a clamp at ${high - by} instead of ${high}`, (value) =>
        finishOf(ends, Math.min(value, high - by)),
      ),
      rule(`clamp-low-${by}`, `a clamp at ${low + by} instead of ${low}`, (value) =>
        finishOf(ends, Math.max(value, low + by)),
      ),
    ]),
    ...[1, 2, 3, 4, 5].map((more) =>
      rule(
        `value-${more}-bits-more`,
        `a signed value of ${indexBits + more} bits before the clamp`,
        (value) =>
          finishOf(
            ends,
            ((value + 2 ** (indexBits + more - 1)) & (2 ** (indexBits + more) - 1)) -
              2 ** (indexBits + more - 1),
          ),
      ),
    ),
    rule(`clamp-${read}`, `a clamp to ${least} and ${least + 2 * half - 1}, as of ${read} codes`, (value) =>
      own(clamp(value, least, least + 2 * half - 1)),
    ),
    ...(outputBits === indexBits || ends.table === null
      ? []
      : [
          rule(
            'clamp-output-bits',
            `a clamp of ${outputBits} bits, those of the output, before the table`,
            (value) =>
              lookUp(
                ends,
                clamp(
                  value,
                  low / 2 ** (indexBits - outputBits),
                  low / 2 ** (indexBits - outputBits) + 2 ** outputBits - 1,
                ) - low,
              ),
          ),
        ]),
  ]
}
