/** This file renders the table of chosen ranges: the observer of each tensor, with its cost and that of the others. */
import { OBSERVERS } from '../quantise/observers.ts'
import type { RangeCandidate, RangeEntry } from '../quantise/range-report.ts'
import { type Column, renderTable } from './table.ts'

const real = (value: number): string => String(Number(value.toPrecision(3)))

/**
 * Renders lines of at most 80 columns with the signal-to-noise ratio of each observer in dB; the chosen one is marked. If `auto` tried
 * observers on the whole network, a second table shows the error that each caused at its output.
 */
export function renderRanges(entries: readonly RangeEntry[]): readonly string[] {
  const tried = entries.filter(({ candidates }) => candidates.some(({ outputError }) => outputError !== null))
  const chosen = renderTable(
    [
      { title: 'range', align: 'left', value: ({ key }) => key, maxWidth: 23 },
      { title: 'low', align: 'right', value: ({ low }) => real(low) },
      { title: 'high', align: 'right', value: ({ high }) => real(high) },
      { title: 'clipped', align: 'right', value: ({ clipped }) => `${(clipped * 100).toFixed(2)} %` },
      ...observerColumns(({ signalToNoise }) => signalToNoise.toFixed(1)),
    ],
    entries,
  )
  if (tried.length === 0) return chosen
  return [
    ...chosen,
    '',
    'Error of the scores and boxes with each observer, % of their power; earlier',
    'layers use the observer chosen for them, later ones use mse.',
    '',
    ...renderTable(
      [
        { title: 'range', align: 'left', value: ({ key }) => key, maxWidth: 40 },
        ...observerColumns(({ outputError }) => (outputError === null ? '' : (outputError * 100).toFixed(3))),
      ],
      tried,
    ),
  ]
}

function observerColumns(show: (candidate: RangeCandidate) => string): readonly Column<RangeEntry>[] {
  return OBSERVERS.map((observer) => ({
    title: observer === 'percentile' ? 'pct' : observer === 'entropy' ? 'entr' : observer,
    align: 'right' as const,
    value: (entry: RangeEntry) => {
      const candidate = entry.candidates.find((one) => one.observer === observer)
      const text = candidate === undefined ? '' : show(candidate)
      return text === '' ? '' : `${text}${entry.observer === observer ? '*' : ' '}`
    },
  }))
}
