/**
 * `make bench ARGS=growth`: time, memory and disk of whole commands, as the input, the network or the number of images grows. Nothing may
 * grow faster than the work, and the memory of a run over many images stays that of one.
 */
import { renderTable } from '../report/table.ts'
import type { GrowthRow, Series } from './growth-cost.ts'
import { IMAGE_SERIES } from './growth-images.ts'
import { NETWORK_SERIES, SIZE_SERIES } from './growth-models.ts'
import { type BenchContext, formatTime } from './measure.ts'

const SERIES: readonly Series[] = [SIZE_SERIES, NETWORK_SERIES, IMAGE_SERIES]
export const GROWTH_NAMES: readonly string[] = SERIES.map(({ name }) => name)

/** Timings and samples of memory differ by so much from run to run. */
const NOISE = 1.1

export interface Growth {
  readonly step: string
  readonly quantity: 'CPU' | 'memory' | 'disk'
  /** How much more work the last row is than the first, and how much more it costs. */
  readonly work: number
  readonly cost: number
  readonly met: boolean
}

/** The last row of each command against its first. */
export function judgeGrowth(
  rows: readonly GrowthRow[],
  { flatMemory }: Pick<Series, 'flatMemory'>,
): readonly Growth[] {
  return [...new Set(rows.map(({ step }) => step))].flatMap((step) => {
    const own = rows.filter((row) => row.step === step)
    const [first, last] = [own[0]!, own.at(-1)!]
    const work = last.work / first.work
    const judge = (quantity: Growth['quantity'], of: (row: GrowthRow) => number, most: number): Growth => {
      // What costs nothing at first may cost nothing later.
      const cost = of(last) === 0 ? 0 : of(last) / of(first)
      return { step, quantity, work, cost, met: cost <= most * NOISE }
    }
    return [
      judge('CPU', (row) => row.cpuSeconds, work),
      judge('memory', (row) => row.peakBytes, flatMemory ? 1 : work),
      judge('disk', (row) => row.diskBytes, work),
    ]
  })
}

/** Prints the tables. @returns whether nothing grows faster than it may */
export async function measureGrowth(context: BenchContext, wanted: readonly string[]): Promise<boolean> {
  let met = true
  for (const series of SERIES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const rows = await series.run(context)
    const growth = judgeGrowth(rows, series)
    process.stdout.write(`\n${renderGrowth(rows).join('\n')}\n\n${renderJudged(growth, series).join('\n')}\n`)
    met &&= growth.every((one) => one.met)
  }
  return met
}

const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`

const renderGrowth = (rows: readonly GrowthRow[]): readonly string[] =>
  renderTable<GrowthRow>(
    [
      { title: 'command', align: 'left', value: ({ step }) => step },
      { title: 'of', align: 'left', value: ({ of }) => of },
      { title: 'CPU', align: 'right', value: ({ cpuSeconds }) => formatTime(cpuSeconds) },
      { title: 'time', align: 'right', value: ({ seconds }) => formatTime(seconds) },
      { title: 'largest process', align: 'right', value: ({ largestBytes }) => inMegabytes(largestBytes) },
      { title: 'all processes', align: 'right', value: ({ peakBytes }) => inMegabytes(peakBytes) },
      { title: 'disk left', align: 'right', value: ({ diskBytes }) => inMegabytes(diskBytes) },
    ],
    rows,
  )

const renderJudged = (growth: readonly Growth[], { work, flatMemory }: Series): readonly string[] =>
  renderTable<Growth>(
    [
      { title: 'command', align: 'left', value: ({ step }) => step },
      { title: '', align: 'left', value: ({ quantity }) => quantity },
      { title: `${work} x`, align: 'right', value: (row) => row.work.toFixed(1) },
      { title: 'cost x', align: 'right', value: ({ cost }) => cost.toFixed(2) },
      {
        title: 'power',
        align: 'right',
        value: (row) => (row.cost <= 0 ? '-' : (Math.log(row.cost) / Math.log(row.work)).toFixed(2)),
      },
      { title: '', align: 'left', value: ({ met }) => (met ? 'met' : 'MISSED') },
      {
        title: 'may grow',
        align: 'left',
        value: ({ quantity }) => (quantity === 'memory' && flatMemory ? 'not at all' : `as ${work}`),
      },
    ],
    growth,
  )
