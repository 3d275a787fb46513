/** Compares what one accumulator of a simulation did with the products worked out by hand. */
import type { IntegerBox } from '../golden/types.ts'
import type { Product } from './explain-types.ts'

/** One beat of an accumulator, as `sim/mac_probe.sv` prints it. */
export interface MacBeat {
  /** The accumulator after the beat, signed 32 bits, without the bias. */
  readonly sum: number
  /** Input codes and weights of the lanes. */
  readonly codes: readonly number[]
  readonly weights: readonly number[]
}

export interface RtlDifference {
  /** Kind of the value; for a box, the name of its field. */
  readonly what:
    | 'input code'
    | 'weight'
    | 'accumulator'
    | 'number of beats'
    | 'output code'
    | keyof IntegerBox
  readonly beat: number | null
  readonly lane: number | null
  readonly expected: number
  /** Null if the simulation never wrote the element. */
  readonly actual: number | null
}

/** The simulation's side of an explanation. */
export interface RtlTrace {
  /** Accumulator at the last product of each beat, null at the others; empty if the operator has no accumulator. */
  readonly sums: readonly (number | null)[]
  /** The first difference in time; null if there is none. */
  readonly first: RtlDifference | null
  /** The element as it was written, and when; null if it never was. */
  readonly code: number | null
  readonly cycle: number | null
}

const PATTERN = /^assay-mac (-?\d+) ([0-9a-f]+) ([0-9a-f]+)$/gm

/** The probe's lines among whatever else a model prints. */
export function parseProbe(
  output: string,
  lanes: number,
  weightBits: number,
  activationBits: number,
): readonly MacBeat[] {
  return Array.from(output.matchAll(PATTERN), ([, sum, codes, weights]) => ({
    sum: Number(sum),
    codes: splitLanes(codes!, lanes, activationBits),
    weights: splitLanes(weights!, lanes, weightBits).map((code) =>
      code >= 2 ** (weightBits - 1) ? code - 2 ** weightBits : code,
    ),
  }))
}

function splitLanes(hex: string, lanes: number, bits: number): number[] {
  const word = BigInt(`0x${hex}`)
  const mask = (1n << BigInt(bits)) - 1n
  return Array.from({ length: lanes }, (_, lane) => Number((word >> BigInt(lane * bits)) & mask))
}

/**
 * Finds the first beat at which the hardware had another input, another weight or another sum.
 *
 * @param offset what the RTL's input codes, and with them its products, are carried above those of the products
 */
export function traceProducts(
  products: readonly Product[],
  beats: readonly MacBeat[],
  expectedBeats: number,
  offset = 0,
): Pick<RtlTrace, 'sums' | 'first'> {
  let weightSum = 0
  /** A sum of the RTL less what its codes are carried above the products'. */
  const ownSum = ({ sum }: MacBeat, weights: number): number => (sum - offset * weights) | 0
  const sums = products.map((product, index) => {
    weightSum += product.weight
    const beat = products[index + 1]?.beat === product.beat ? undefined : beats[product.beat]
    return beat === undefined ? null : ownSum(beat, weightSum)
  })
  let [sum, weights, next] = [0, 0, 0]
  for (let beat = 0; beat < Math.min(expectedBeats, beats.length); beat++) {
    const actual = beats[beat]!
    for (; products[next]?.beat === beat; next++) {
      const { lane, code, weight } = products[next]!
      sum = products[next]!.sum
      weights += weight
      const differs = (what: RtlDifference['what'], expected: number, found: number) => ({
        sums,
        first: { what, beat, lane, expected, actual: found },
      })
      const found = actual.codes[lane]! - offset
      if (found !== code) return differs('input code', code, found)
      if (actual.weights[lane] !== weight) return differs('weight', weight, actual.weights[lane]!)
    }
    const found = ownSum(actual, weights)
    if (found !== (sum | 0))
      return { sums, first: { what: 'accumulator', beat, lane: null, expected: sum | 0, actual: found } }
  }
  const first: RtlDifference | null =
    beats.length === expectedBeats
      ? null
      : {
          what: 'number of beats',
          beat: null,
          lane: null,
          expected: expectedBeats,
          actual: beats.length,
        }
  return { sums, first }
}

/** The written element comes last in time. */
export function traceOutput(expected: number, actual: number | null): RtlDifference | null {
  return actual === expected ? null : { what: 'output code', beat: null, lane: null, expected, actual }
}

const FIELDS = ['classIndex', 'code', 'score', 'anchor', 'x0', 'y0', 'x1', 'y1'] as const

/** @param actual the box at the same place in the order, or null if there are fewer. */
export function traceBox(expected: IntegerBox, actual: IntegerBox | null): RtlDifference | null {
  const field = FIELDS.find((name) => actual?.[name] !== expected[name])
  if (field === undefined) return null
  return {
    what: field,
    beat: null,
    lane: null,
    expected: expected[field],
    actual: actual === null ? null : actual[field],
  }
}
