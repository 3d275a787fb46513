/** This file parses `--seeds`, which choose the random initial values of registers and memories without a reset value. */
import { InputError } from '../../input/input-error.ts'

const MOST_SEEDS = 10_000

/** Parses `1..4`, `7`, `1,5,9` or `1..3,5` to seeds in rising order. @throws InputError on anything else. */
export function parseSeeds(text: string): readonly number[] {
  const refuse = (): never => {
    throw new InputError(
      `expected seeds such as 1..4 or 1,5,9, at most ${MOST_SEEDS} of them, got "${text}"`,
      '--seeds',
    )
  }
  const seeds = new Set<number>()
  for (const part of text.split(',')) {
    const [, low, high = low] = /^(\d+)(?:\.\.(\d+))?$/.exec(part) ?? refuse()
    const [first, last] = [Number(low), Number(high)]
    if (last < first || last - first >= MOST_SEEDS || last >= 2 ** 31) return refuse()
    for (let seed = first; seed <= last; seed++) seeds.add(seed)
    if (seeds.size > MOST_SEEDS) return refuse()
  }
  return [...seeds].sort((a, b) => a - b)
}
