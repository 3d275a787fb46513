/** How much is proved by elements that are as something predicts. */

/** A pattern counts if chance would do the same in fewer than one of 2^24 cases. */
export const ENOUGH_BITS = 24

/** The same where so many are tried, of which one may fit by chance. */
export const bitsFor = (hypotheses: number): number => ENOUGH_BITS + Math.log2(Math.max(1, hypotheses))

/** At most `limit` of the indices, evenly spread. */
export function thinOut(indices: Int32Array, limit: number): Int32Array {
  if (indices.length <= limit) return indices
  return new Int32Array(limit).map((_, i) => indices[Math.floor((i * indices.length) / limit)]!)
}

/** log2 of n over k. */
export function log2Choose(n: number, k: number): number {
  let bits = 0
  for (let i = 1; i <= k; i++) bits += Math.log2((n - k + i) / i)
  return bits
}
