/** Codes that bring a sum of products to a wanted value: how a stimulus steers an accumulator. */

/** Taps that may still be chosen: their weights, and the codes that they begin with. Codes are changed in place. */
export interface FreeTaps {
  readonly weights: Int32Array
  readonly codes: Int32Array
  readonly largestCode: number
}

/** Taps looked at where two of them have to move together. */
const PAIR_TAPS = 48
/** Steps that the first of such a pair may take. */
const PAIR_STEPS = 24

/** What the taps can add at the least and at the most. */
export function sumRange({ weights, largestCode }: FreeTaps): {
  readonly least: number
  readonly most: number
} {
  let least = 0
  let most = 0
  for (const weight of weights) {
    if (weight < 0) least += weight * largestCode
    else most += weight * largestCode
  }
  return { least, most }
}

/**
 * Changes codes until `lo <= Σ weight · code <= hi`: large weights first, each by as many steps as bring it nearer, then two taps together.
 *
 * @returns false if no such codes were found; the codes then hold anything
 */
export function steerSum(taps: FreeTaps, lo: number, hi: number): boolean {
  const { weights, codes, largestCode } = taps
  const { least, most } = sumRange(taps)
  if (hi < least || lo > most || hi < lo) return false
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * codes[i]!
  const missing = (): number => (sum < lo ? lo - sum : sum > hi ? hi - sum : 0)
  if (missing() === 0) return true
  const order = byWeight(weights)
  // A tap at its end leaves room to the later ones; the first pass may not reach an end that needs all of them.
  for (let pass = 0; pass < 2; pass++) {
    for (const i of order) {
      const left = missing()
      if (left === 0) return true
      const weight = weights[i]!
      if (weight === 0) continue
      const wanted = Math.trunc(left / weight)
      const step = Math.min(Math.max(wanted, -codes[i]!), largestCode - codes[i]!)
      codes[i]! += step
      sum += step * weight
    }
  }
  const left = missing()
  return left === 0 || movePair(taps, order, left)
}

/** Two taps, of which the second takes what the first leaves. */
function movePair({ weights, codes, largestCode }: FreeTaps, order: Int32Array, left: number): boolean {
  const some = order.subarray(Math.max(0, order.length - PAIR_TAPS))
  const fits = (i: number, step: number): boolean => codes[i]! + step >= 0 && codes[i]! + step <= largestCode
  for (const first of some) {
    const weight = weights[first]!
    if (weight === 0) continue
    for (let step = -PAIR_STEPS; step <= PAIR_STEPS; step++) {
      if (!fits(first, step)) continue
      const rest = left - step * weight
      for (const second of some) {
        const other = weights[second]!
        if (second === first || other === 0 || rest % other !== 0 || !fits(second, rest / other)) continue
        codes[first]! += step
        codes[second]! += rest / other
        return true
      }
    }
  }
  return false
}

/** Indices of the taps, largest weight first. */
function byWeight(weights: Int32Array): Int32Array {
  // One number holds both, so that the sort needs no comparison function: weights have at most 16 bits.
  const keys = new Float64Array(weights.length)
  for (let i = 0; i < weights.length; i++) keys[i] = -Math.abs(weights[i]!) * 2 ** 32 + i
  keys.sort()
  return Int32Array.from(keys, (key) => key - Math.floor(key / 2 ** 32) * 2 ** 32)
}
