/** A layer that ran from several random power-ups, as one result. */
import { isRed, type LayerResult } from './result.ts'

/** One layer's results, one a seed, as one: the first red one speaks, and the seeds are named. */
export function joinSeeds(results: readonly LayerResult[]): LayerResult {
  const [first] = results
  if (first === undefined) throw new RangeError('Expected at least one result to join')
  const shown = results.find(isRed) ?? first
  const list = (pick: (seeds: NonNullable<LayerResult['seeds']>) => readonly number[]): readonly number[] =>
    results.flatMap(({ seeds }) => (seeds === undefined ? [] : pick(seeds))).sort((a, b) => a - b)
  const before = results.every(({ evidence }) => evidence?.before === true)
  const { evidence, ...rest } = shown
  return {
    ...rest,
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    seeds: { run: list(({ run }) => run), red: list(({ red }) => red) },
    // One seed's proof names the layer's; what one seed had to run was not all proved before.
    ...(evidence === undefined ? {} : { evidence: { ...evidence, before } }),
  }
}

/** A result of one seed. */
export const markSeed = (layer: LayerResult, seed: number): LayerResult => ({
  ...layer,
  seeds: { run: [seed], red: isRed(layer) ? [seed] : [] },
})
