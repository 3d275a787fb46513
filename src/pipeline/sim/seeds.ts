/** This file parses `--seeds`, which choose the random initial values of registers and memories without a reset value. */
import { InputError } from '../../input/input-error.ts'

const MOST_SEEDS = 10_000

/** Parses `1..4`, `7` or `1,5,9` to seeds in rising order. @throws InputError on anything else. */
export function parseSeeds(text: string): readonly number[] {
  const refuse = (): never => {
    throw new InputError(
      `expected seeds such as 1..4 or 1,5,9, at most ${MOST_SEEDS} of them, got "${text}"`,
      '--seeds',
    )
  }
  const match = /^(?:(\d+)\.\.(\d+)|(\d+(?:,\d+)*))$/.exec(text)
  if (match === null) return refuse()
  const [, first, last, list] = match
  if (list === undefined && Number(last) - Number(first) >= MOST_SEEDS) return refuse()
  const seeds =
    list === undefined
      ? Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i)
      : [...new Set(list.split(',').map(Number))].sort((a, b) => a - b)
  if (seeds.length === 0 || seeds.length > MOST_SEEDS || seeds.some((seed) => seed >= 2 ** 31))
    return refuse()
  return seeds
}
