/** The table of chosen ranges: what was chosen for each tensor, and what it and the others cost. */
import type { RangeEntry } from '../quantise/range-report.ts'
import { renderTable } from './table.ts'

const real = (value: number): string => String(Number(value.toPrecision(3)))

/** Lines of at most 80 columns; signal to noise in dB for each observer, the chosen one marked. */
export function renderRanges(entries: readonly RangeEntry[]): readonly string[] {
  const byObserver = (entry: RangeEntry, observer: string): string => {
    const candidate = entry.candidates.find((one) => one.observer === observer)
    if (candidate === undefined) return ''
    return `${candidate.signalToNoise.toFixed(1)}${entry.observer === observer ? '*' : ' '}`
  }
  return renderTable(
    [
      { title: 'range', align: 'left', value: ({ key }) => key, maxWidth: 23 },
      { title: 'low', align: 'right', value: ({ low }) => real(low) },
      { title: 'high', align: 'right', value: ({ high }) => real(high) },
      { title: 'clipped', align: 'right', value: ({ clipped }) => `${(clipped * 100).toFixed(2)} %` },
      ...['max', 'percentile', 'mse', 'entropy'].map((observer) => ({
        title: observer === 'percentile' ? 'pct' : observer === 'entropy' ? 'entr' : observer,
        align: 'right' as const,
        value: (entry: RangeEntry) => byObserver(entry, observer),
      })),
    ],
    entries,
  )
}
