/** The chosen ranges and their cost: one entry per range, for the table, the JSON and the plots. */
import type { FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import type { AutoChoice } from './auto-observer.ts'
import type { Calibration } from './calibrate.ts'
import { HISTOGRAM_BINS, type Histogram } from './histogram.ts'
import { silu } from './integer-graph.ts'
import { ErrorModel } from './mean-square.ts'
import { OBSERVERS, type Observer, type Range } from './observers.ts'
import { histogramsOf, listSlots, type RangeSlot, type SelectOptions, selectRange } from './ranges.ts'

/** Bars of a histogram in the report: enough to see the shape. */
export const REPORT_BARS = 128

export interface RangeCandidate extends Range {
  readonly observer: Observer
  /** Signal to quantisation noise that this range would give its tensors, dB, their mean. */
  readonly signalToNoise: number
  /** `auto` only, and only where it was tried: error of the network's output as a share of its signal. */
  readonly outputError: number | null
}

export interface ReportHistogram {
  readonly tensor: string
  readonly min: number
  readonly max: number
  /** Left edge of the first bar, width of a bar. */
  readonly origin: number
  readonly width: number
  /** Share of all values in each bar. */
  readonly shares: readonly number[]
}

export interface RangeEntry extends Range {
  readonly key: string
  readonly kind: RangeSlot['kind']
  readonly tensors: readonly string[]
  /** Who chose it; logits are spanned whole, whatever the observer. */
  readonly observer: Observer
  readonly bits: number
  /** Share of the values outside the range. */
  readonly clipped: number
  readonly signalToNoise: number
  readonly candidates: readonly RangeCandidate[]
  readonly histograms: readonly ReportHistogram[]
}

/** Every range, in graph order. */
export async function reportRanges(
  graph: FloatGraph,
  calibration: Calibration,
  ranges: ReadonlyMap<string, Range>,
  options: SelectOptions,
  auto: AutoChoice | null,
): Promise<readonly RangeEntry[]> {
  const entries: RangeEntry[] = []
  for (const slot of listSlots(graph)) {
    await giveWay()
    const histograms = histogramsOf(slot, calibration)
    const isIndex = slot.kind === 'pre-activation'
    const bits = isIndex ? options.tableBits : options.activationBits
    const model = new ErrorModel(histograms, isIndex ? silu : (value) => value)
    const noise = ({ low, high }: Range): number =>
      high > low ? round(10 * Math.log10(histograms.length / model.error(low, high, bits))) : 0
    const range = ranges.get(slot.key)!
    const isLogits = slot.kind === 'box-logits' || slot.kind === 'class-logits'
    entries.push({
      key: slot.key,
      kind: slot.kind,
      tensors: slot.members,
      observer: isLogits ? 'max' : (options.overrides?.get(slot.key) ?? options.observer),
      bits,
      low: range.low,
      high: range.high,
      clipped: clippedShare(histograms, range),
      signalToNoise: noise(range),
      candidates: isLogits
        ? []
        : OBSERVERS.map((observer) => {
            const candidate = selectRange(slot, histograms, observer, options)
            const outputError = auto?.costs.get(slot.key)?.get(observer) ?? null
            return { observer, ...candidate, signalToNoise: noise(candidate), outputError }
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
