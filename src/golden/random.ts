/** A seeded generator of uniform whole numbers from 0 to 2^32 - 1. */
export type RandomBits = () => number

/**
 * Uniform 32-bit numbers from a 32-bit seed: a Weyl sequence through the finaliser of MurmurHash3 (SplitMix's construction; Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators"). The same seed gives the same numbers everywhere.
 */
export function createRandom(seed: number): RandomBits {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    return (x ^ (x >>> 16)) >>> 0
  }
}
