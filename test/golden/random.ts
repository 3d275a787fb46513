/** Seeded random numbers: the same seed gives the same tests on every machine. */
export interface Random {
  /** Uniform in 0 <= x < 1. */
  next(): number
  /** Uniform integer in lo .. hi, both included. */
  integer(lo: number, hi: number): number
}

/** A 32-bit multiply-xorshift generator over a Weyl sequence. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
  return { next, integer: (lo, hi) => lo + Math.floor(next() * (hi - lo + 1)) }
}
