/** The chosen ranges and their cost: one entry per range, for the table, the JSON and the plots. */
import * as v from 'valibot'
import type { FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { type Checked, openObject, real } from '../input/schema.ts'
import type { AutoChoice } from './auto-observer.ts'
import type { Calibration } from './calibrate.ts'
import { HISTOGRAM_BINS, type Histogram } from './histogram.ts'
import { ErrorModel } from './mean-square.ts'
import { OBSERVERS, type Range } from './observers.ts'
import {
  histogramsOf,
  listSlots,
  type SelectOptions,
  SLOT_KINDS,
  selectRange,
  slotBitsOf,
  transferOf,
} from './ranges.ts'

/** Bars of a histogram in the report: enough to see the shape. */
export const REPORT_BARS = 128

const observer = v.picklist(OBSERVERS)
const range = { low: real(), high: real() }

const candidate = openObject({
  ...range,
  observer,
  /** Signal to quantisation noise that this range would give its tensors, dB, their mean. */
  signalToNoise: real(),
  /** `auto` only, and only where it was tried: error of the network's output as a share of its signal. */
  outputError: v.nullable(real()),
})
export type RangeCandidate = Checked<typeof candidate>

const histogram = openObject({
  tensor: v.string(),
  min: real(),
  max: real(),
  /** Left edge of the first bar, width of a bar. */
  origin: real(),
  width: real(),
  /** Share of all values in each bar. */
  shares: v.array(real()),
})
export type ReportHistogram = Checked<typeof histogram>

export const rangeEntry = openObject({
  ...range,
  key: v.string(),
  kind: v.picklist(SLOT_KINDS),
  tensors: v.array(v.string()),
  /** Who chose it; logits are spanned whole, whatever the observer. */
  observer,
  bits: real(),
  /** Share of the values outside the range. */
  clipped: real(),
  signalToNoise: real(),
  candidates: v.array(candidate),
  histograms: v.array(histogram),
})
export type RangeEntry = Checked<typeof rangeEntry>

/** What is said of a range that makes no noise at all, dB: an infinity is nothing that a file can hold. */
const NOISELESS = 300

/** Every range, in graph order. */
export async function reportRanges(
  graph: FloatGraph,
  calibration: Calibration,
  ranges: ReadonlyMap<string, Range>,
  options: SelectOptions,
  auto: AutoChoice | null,
): Promise<readonly RangeEntry[]> {
  const entries: RangeEntry[] = []
  for (const slot of listSlots(graph, options.profile)) {
    await giveWay()
    const histograms = histogramsOf(slot, calibration)
    const bits = slotBitsOf(slot, options)
    const model = new ErrorModel(histograms, transferOf(slot))
    const noise = ({ low, high }: Range): number =>
      high > low
        ? round(Math.min(NOISELESS, 10 * Math.log10(histograms.length / model.error(low, high, bits))))
        : 0
    const range = ranges.get(slot.key)!
    const isLogits = slot.kind === 'box-logits' || slot.kind === 'class-logits'
    const chosen = isLogits ? 'max' : (options.overrides?.get(slot.key) ?? options.observer)
    entries.push({
      key: slot.key,
      kind: slot.kind,
      tensors: slot.members,
      observer: chosen,
      bits,
      low: range.low,
      high: range.high,
      clipped: clippedShare(histograms, range),
      signalToNoise: noise(range),
      candidates: isLogits
        ? []
        : OBSERVERS.map((observer) => {
            const { low, high } =
              observer === chosen ? range : selectRange(slot, histograms, observer, options)
            const outputError = auto?.costs.get(slot.key)?.get(observer) ?? null
            return { observer, low, high, signalToNoise: noise({ low, high }), outputError }
          }),
      histograms: histograms.map((histogram, i) => toBars(slot.members[i]!, histogram)),
    })
  }
  return entries
}

const round = (value: number): number => Math.round(value * 100) / 100

function clippedShare(histograms: readonly Histogram[], { low, high }: Range): number {
  let [outside, total] = [0, 0]
  for (const histogram of histograms) {
    total += histogram.total
    histogram.counts.forEach((count, bin) => {
      // The extremes are exact; the centres of their bins may lie beyond them.
      const value = Math.max(histogram.min, Math.min(histogram.max, histogram.centre(bin)))
      if (value < low || value > high) outside += count
    })
  }
  return total === 0 ? 0 : outside / total
}

/** The occupied part of a histogram in `REPORT_BARS` bars. */
function toBars(tensor: string, histogram: Histogram): ReportHistogram {
  const { counts, origin, width, min, max, total } = histogram
  const first = Math.max(0, Math.floor((min - origin) / width))
  const last = Math.min(HISTOGRAM_BINS - 1, Math.floor((max - origin) / width))
  const perBar = Math.max(1, Math.ceil((last - first + 1) / REPORT_BARS))
  const shares = new Array<number>(Math.ceil((last - first + 1) / perBar)).fill(0)
  for (let bin = first; bin <= last; bin++)
    shares[Math.floor((bin - first) / perBar)]! += counts[bin]! / (total || 1)
  return {
    tensor,
    min,
    max,
    origin: origin + first * width,
    width: perBar * width,
    shares: shares.map((share) => Number(share.toPrecision(4))),
  }
}
