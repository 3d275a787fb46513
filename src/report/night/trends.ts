/** Cycles, reds and times over the history. */
import { type NightRecord, redOf } from '../../regress/history.ts'
import { html, type Markup } from '../markup.ts'
import { plotLines } from '../plot-svg.ts'
import type { NightView } from './view.ts'
import { whenOf } from './words.ts'

/** Nights that are drawn, and designs. */
const MOST_NIGHTS = 60
const MOST_DESIGNS = 5
/** Nights whose dates are at the axis: more do not fit beside each other. */
const MOST_DATES = 4
/** The text of a plot is readable in a column of the page, and on a telephone. */
const SIZE = [420, 290] as const

export function renderTrends({ records }: NightView): Markup | null {
  const shown = records.slice(-MOST_NIGHTS)
  if (shown.length < 2) return null
  const over = (value: (record: NightRecord) => number): readonly (readonly [number, number])[] =>
    shown.map((record, index) => [index, value(record)] as const)
  const axis = { xLabel: 'night, UTC', xNames: nameNights(shown), size: SIZE }
  const designs = chooseDesigns(shown)
  const plots = [
    plotLines({
      ...{ ...axis, title: 'Red entries', yLabel: 'entries' },
      series: [{ name: 'red', points: over(redOf) }],
    }),
    plotLines({
      ...{ ...axis, title: 'Time', yLabel: 'seconds' },
      series: [
        { name: 'night', points: over(({ seconds }) => seconds) },
        { name: 'all runs', points: over(({ busySeconds }) => busySeconds) },
      ],
    }),
    ...(designs.length === 0
      ? []
      : [
          plotLines({
            ...{ ...axis, title: 'Cycles', yLabel: '% of the first night' },
            series: designs.map((name, index) => ({ name: nameOf(index), points: cyclesOf(shown, name) })),
          }),
        ]),
  ]
  const key =
    designs.length === 0
      ? html`<p class="hint">No design’s cycles changed.</p>`
      : html`<p class="hint">${designs.map((name, index) => html`${nameOf(index)}: ${name}. `)}Layer by layer, without q_NMS.</p>`
  return html`<p class="hint">${shown.length} nights since ${whenOf(shown[0]!.startedAt)}.</p><div class="trends">${plots.map((plot) => html`<figure>${plot}</figure>`)}</div>${key}`
}

/** Dates of the first night, the last and some between; with the time where two are of one day. */
export function nameNights(
  records: readonly Pick<NightRecord, 'startedAt'>[],
): readonly (readonly [x: number, name: string])[] {
  const count = Math.min(MOST_DATES, records.length)
  const chosen = Array.from({ length: count }, (_, at) =>
    Math.round((at * (records.length - 1)) / (count - 1)),
  )
  const timeOf = (index: number): string => records[index]!.startedAt.replace('T', ' ')
  const days = chosen.map((index) => timeOf(index).slice(0, 10))
  const isPlain = new Set(days).size === count
  return chosen.map((index, at) => [index, isPlain ? days[at]! : timeOf(index).slice(5, 16)] as const)
}

const nameOf = (index: number): string => String.fromCharCode(65 + index)

/** Those whose cycles changed, those that changed most often first. */
function chooseDesigns(records: readonly NightRecord[]): readonly string[] {
  const digests = (name: string): number =>
    new Set(
      records.flatMap(({ designs }) => {
        const [, , cycles, digest] = designs[name] ?? [0, 0, 0, '']
        // A night without a result of the design says nothing of its cycles.
        return cycles > 0 ? [digest] : []
      }),
    ).size
  return Object.entries(records.at(-1)!.designs)
    .filter(([name, [, , cycles]]) => cycles > 0 && digests(name) > 1)
    .map(([name]) => ({ name, changes: digests(name) }))
    .sort((a, b) => b.changes - a.changes)
    .slice(0, MOST_DESIGNS)
    .map(({ name }) => name)
}

/** In percent of its first night, so that designs of any size share an axis. */
function cyclesOf(records: readonly NightRecord[], name: string): readonly (readonly [number, number])[] {
  const all = records.map(({ designs }, index) => [index, designs[name]?.[2] ?? 0] as const)
  const known = all.filter(([, cycles]) => cycles > 0)
  const [, first] = known[0]!
  return known.map(([night, cycles]) => [night, (100 * cycles) / first] as const)
}
