import { createRandom } from '../golden/random.ts'

/** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
export type Random = (below: number) => number

/** Random numbers from a seed, the same on every machine. */
export function makeRandom(seed: number): Random {
  const next = createRandom(seed)
  return (below) => Math.floor((next() / 2 ** 32) * below)
}
