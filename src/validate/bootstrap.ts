/**
 * Confidence intervals: a paired bootstrap over the images, of the symmetric form (P. Hall, "On symmetric bootstrap confidence
 * intervals", J. R. Statist. Soc. B 50, 1988). The mAP of a resample lies to one side of the mAP of the whole: images repeat, and a
 * rare class is often not drawn and leaves the mean. Percentiles of the resamples keep that shift. The bias-corrected forms
 * (BC, BCa) take it for a bias of the estimate and move the interval the other way, which docs/validation.md measures as worse.
 */
import { createRandom } from '../golden/random.ts'
import { giveWay } from '../input/give-way.ts'
import { averagePrecision, type ImageWeights } from './accumulate.ts'
import type { Dataset, Detection } from './dataset.ts'
import { areaRanges, type ClassMatches, groupByClass, matchClass } from './match.ts'

export interface BootstrapOptions {
  readonly seed?: number
  /** Number of resamples. */
  readonly replicates?: number
  /** Coverage of the interval, e.g. 0.95. */
  readonly level?: number
}

/** The difference of two mAPs (IoU 0.50 to 0.95) on the same images, and how much of it the choice of images explains. */
export interface PairedDifference {
  /** mAP of the first and of the second set of detections, and second minus first, on the data set as it is. */
  readonly first: number
  readonly second: number
  readonly difference: number
  /** The difference less and plus one half-width: the symmetric bootstrap interval. */
  readonly low: number
  readonly high: number
  readonly level: number
  readonly seed: number
  readonly replicates: number
}

/** mAP of one set of detections on the data set, and on each resample of its images. */
export interface Resamples {
  readonly whole: number
  /** The same draws for every set of detections, given the same seed and data set. */
  readonly draws: Float64Array
  readonly seed: number
}

/**
 * Paired bootstrap over images (Efron and Tibshirani, "An introduction to the bootstrap", ch. 8): both sets of detections are measured
 * on the same resampled images, so that hard images weigh on both alike. Matching is done once; a resample only reweights it.
 * A class without an object in a resample is left out of both means.
 *
 * @returns null if the data set has no object to be found.
 */
export async function bootstrapDifference(
  dataset: Dataset,
  first: readonly Detection[],
  second: readonly Detection[],
  options: BootstrapOptions = {},
): Promise<PairedDifference | null> {
  const before = await resampleMap(dataset, first, options)
  if (before === null) return null
  // Whether there is an object to be found is the data set's alone.
  const after = (await resampleMap(dataset, second, options))!
  return compareResamples(before, after, options.level)
}

/** One half of it, for several comparisons with the same set. Null if the data set has no object to be found. */
export async function resampleMap(
  dataset: Dataset,
  detections: readonly Detection[],
  { seed = 1, replicates = 1000 }: BootstrapOptions = {},
  onProgress: (done: number) => void = () => {},
): Promise<Resamples | null> {
  const matches = await matchAll(dataset, detections)
  const whole = measureMap(matches, null)
  if (whole === null) return null
  const random = createRandom(seed)
  const draws = new Float64Array(replicates)
  for (let done = 0; done < replicates; ) {
    const map = measureMap(matches, drawWeights(dataset.images.length, random))
    // A resample without any object says nothing, whatever the detections; draw another.
    if (map !== null) {
      draws[done++] = map
      onProgress(done)
    }
    await giveWay()
  }
  return { whole, draws, seed }
}

/**
 * Second less first, of the same data set and the same draws. The half-width of the interval is the quantile, at `level`, of how far the
 * differences of the draws lie from the difference of the whole. Draws that lie evenly on both sides give the percentile interval.
 */
export function compareResamples(first: Resamples, second: Resamples, level = 0.95): PairedDifference {
  needSameDraws(first, second)
  const difference = second.whole - first.whole
  const distances = first.draws.map((map, index) => Math.abs(second.draws[index]! - map - difference)).sort()
  const half = takeQuantile(distances, level)
  return {
    first: first.whole,
    second: second.whole,
    difference,
    low: difference - half,
    high: difference + half,
    level,
    seed: first.seed,
    replicates: first.draws.length,
  }
}

/** Mean of several sets of detections on the same draws, e.g. of one network quantised on several sets of calibration images. */
export function averageResamples(sets: readonly [Resamples, ...Resamples[]]): Resamples {
  const [first] = sets
  for (const other of sets) needSameDraws(first, other)
  const mean = (of: (set: Resamples) => number): number =>
    sets.reduce((sum, set) => sum + of(set), 0) / sets.length
  return {
    whole: mean(({ whole }) => whole),
    draws: first.draws.map((_, index) => mean(({ draws }) => draws[index]!)),
    seed: first.seed,
  }
}

function needSameDraws({ seed, draws }: Resamples, other: Resamples): void {
  if (other.seed !== seed || other.draws.length !== draws.length)
    throw new RangeError(`Expected the same draws: seed ${seed}, ${draws.length} of them`)
}

async function matchAll(dataset: Dataset, detections: readonly Detection[]): Promise<ClassMatches[]> {
  const matches: ClassMatches[] = []
  for (const cells of await groupByClass(dataset, detections)) {
    matches.push(matchClass(cells, areaRanges.all))
    await giveWay()
  }
  return matches
}

/** mAP where image i occurs weights[i] times; null if nothing is to be found. */
export function measureMap(classes: readonly ClassMatches[], weights: ImageWeights): number | null {
  let sum = 0
  let count = 0
  for (const matches of classes) {
    const precision = averagePrecision(matches, weights)
    if (precision === null) continue
    sum += precision
    count++
  }
  return count === 0 ? null : sum / count
}

/** As many draws with replacement as there are images. */
export function drawWeights(images: number, random: () => number): Uint16Array {
  const weights = new Uint16Array(images)
  for (let i = 0; i < images; i++) weights[Math.floor((random() / 2 ** 32) * images)]!++
  return weights
}

/** Linear interpolation between the sorted values. */
function takeQuantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  return low + (position - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low)
}
