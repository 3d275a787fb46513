import { createRandom as createBits } from '../../src/golden/random.ts'

/** Seeded random numbers: the same seed gives the same tests on every machine. */
export interface Random {
  /** Uniform in 0 <= x < 1. */
  next(): number
  /** Uniform integer in lo .. hi, both included. */
  integer(lo: number, hi: number): number
}

export function createRandom(seed: number): Random {
  const bits = createBits(seed)
  const next = (): number => bits() / 2 ** 32
  return { next, integer: (lo, hi) => lo + Math.floor(next() * (hi - lo + 1)) }
}
