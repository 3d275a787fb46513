/** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
export type Random = (below: number) => number

/** Random numbers from a seed, the same on every machine (xorshift32, after spreading the seed). */
export function makeRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)
  state = Math.imul(state ^ (state >>> 16), 0xc2b2ae35) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}
