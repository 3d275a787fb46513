/**
 * `make bench ARGS=ratio`: today against 2d94314 on one machine, in turn (A B A B …). A ratio is the median of the pairs' ratios, so
 * that a machine whose speed changes from minute to minute still gives one.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { renderTable } from '../report/table.ts'
import { type BenchContext, formatTime, median } from './measure.ts'
import { checkOut, THEN } from './ratio-checkout.ts'
import { listRows, type RatioRow } from './ratio-rows.ts'
import type { Sample, Side } from './ratio-sides.ts'

interface Compared {
  readonly row: RatioRow
  readonly before: number
  readonly now: number
  readonly ratio: number
  /** Of CPU seconds, where a whole command was measured. */
  readonly cpuRatio: number | null
  readonly met: boolean | null
  readonly pairs: number
}

export const RATIO_NAMES: readonly string[] = listRows({
  home: '',
  real: { model: '', image: '', calibration: '' },
  images: [],
}).map(({ name }) => name)

/** Prints the table. @returns whether all that was promised is met */
export async function compareVersions(context: BenchContext, wanted: readonly string[]): Promise<boolean> {
  const { real, home, scratch, log } = context
  if (real === null) throw new Error('ratio needs yolov8n.pt and the COCO images (CONTRIBUTING.md)')
  const sides: readonly [Side, Side] = [
    { home: await checkOut(home, log), commit: THEN, sameWork: [], scratch: join(scratch, 'then') },
    { home, commit: currentCommit(home), sameWork: ['--stimulus', 'image'], scratch: join(scratch, 'now') },
  ]
  for (const side of sides) await mkdir(side.scratch, { recursive: true })
  const folder = dirname(real.image)
  const images = (await readdir(folder)).sort().map((name) => join(folder, name))
  const given = { home, real, images: images.filter((image) => image !== real.image) }
  const all = listRows(given)
  const chosen = all.filter(({ name, onDemand }) =>
    wanted.length > 0 ? wanted.includes(name) : onDemand !== true,
  )
  const rows: Compared[] = []
  for (const row of chosen) rows.push(await compareRow(row, sides, log))
  process.stdout.write(`\n${renderRows(rows).join('\n')}\n`)
  return rows.every(({ met }) => met !== false)
}

function currentCommit(home: string): string {
  const git = (...words: string[]) => execFileSync('git', ['-C', home, ...words]).toString()
  if (git('status', '--porcelain', '--untracked-files=no') !== '')
    process.stdout.write('There are changes without a commit: the rows that clone do not have them.\n')
  return git('rev-parse', '--short', 'HEAD').trim()
}

/** Of those before: registers for a faster clock lengthen a layer by a few. */
const MOST_CYCLES = 1.01

export async function compareRow(
  row: RatioRow,
  sides: readonly [Side, Side],
  log: (text: string) => void,
): Promise<Compared> {
  for (const side of sides) {
    log(`${row.name}: ${side.commit} …`)
    await row.warmUp?.(side)
  }
  const pairs: (readonly [Sample, Sample])[] = []
  for (let pair = 0; pair < row.pairs; pair++) {
    const then = await row.run(sides[0], pair)
    const now = await row.run(sides[1], pair)
    log(`${row.name}: ${formatValue(row, then.value)}, ${formatValue(row, now.value)}`)
    if (then.result !== now.result) throw new Error(`${row.name}: the two versions give different results`)
    if ((now.cycles ?? 0) > MOST_CYCLES * (then.cycles ?? 0))
      throw new Error(`${row.name}: ${now.cycles} cycles, more than 1 % above the ${then.cycles} of before`)
    pairs.push([then, now])
  }
  const ratioOf = (of: 'value' | 'cpu'): number => median(pairs.map(([then, now]) => now[of]! / then[of]!))
  const now = median(pairs.map(([, { value }]) => value))
  const ratio = ratioOf('value')
  return {
    row,
    before: median(pairs.map(([{ value }]) => value)),
    now,
    ratio,
    cpuRatio: pairs[0]![0].cpu === null ? null : ratioOf('cpu'),
    met: isMet(row, now, ratio),
    pairs: pairs.length,
  }
}

export function isMet(
  { reach, more }: Pick<RatioRow, 'reach' | 'more'>,
  now: number,
  ratio: number,
): boolean | null {
  if (reach === null) return null
  if (more === 'value') return now >= reach
  return more === 'ratio' ? ratio >= reach : ratio <= reach
}

function formatValue({ unit }: RatioRow, value: number): string {
  if (unit === 's') return formatTime(value)
  return unit === '%' ? `${value.toFixed(0)} %` : `${(value / 1e6).toFixed(2)} M/s`
}

const formatReach = ({ reach, more }: RatioRow): string =>
  reach === null ? '-' : more === 'value' ? `${reach} %` : more === 'ratio' ? `>= ${reach}` : reach.toFixed(2)

export function renderRows(rows: readonly Compared[]): readonly string[] {
  const optional = (value: number | null): string => value?.toFixed(2) ?? '-'
  return renderTable<Compared>(
    [
      { title: 'what', align: 'left', value: ({ row }) => row.what },
      { title: THEN, align: 'right', value: ({ row, before }) => formatValue(row, before) },
      { title: 'now', align: 'right', value: ({ row, now }) => formatValue(row, now) },
      { title: 'ratio', align: 'right', value: ({ ratio }) => ratio.toFixed(2) },
      { title: 'of CPU', align: 'right', value: ({ cpuRatio }) => optional(cpuRatio) },
      { title: 'reach', align: 'right', value: ({ row }) => formatReach(row) },
      { title: '', align: 'left', value: ({ met }) => (met === null ? '' : met ? 'met' : 'MISSED') },
      { title: 'how', align: 'left', value: ({ row, pairs }) => `${row.how}; median of ${pairs}` },
    ],
    rows,
  )
}
