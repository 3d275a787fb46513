/** `assay clean`: what a project holds on the disk, shown and freed. */
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import type { Cleaned, KindSize, NightSize } from '../../pipeline/clean/clean.ts'
import { defaultCacheFolder } from '../../process/environment.ts'
import { formatCount, formatSi, renderTable } from '../../report/table.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_OPTIONS } from '../options/shared.ts'
import { printResult } from '../terminal/print.ts'

const OPTIONS = {
  'older-than': {
    type: 'string',
    parse: parseAge,
    describe: 'only what was not used for 30m, 12h, 7d or 4w',
  },
  'cache-only': { type: 'boolean', default: false, describe: 'leave results and nights, free the cache' },
  histories: { type: 'boolean', default: false, describe: 'free the histories of nights, too' },
  'dry-run': { type: 'boolean', default: false, describe: 'show what would go, and remove nothing' },
  out: {
    alias: 'o',
    type: 'string',
    default: 'build',
    describe: 'folder that --out of other commands named, or --folder of a night',
  },
  json: MODEL_OPTIONS.json,
} as const satisfies Declarations
type CleanArguments = Arguments<typeof OPTIONS>

export const cleanCommand = defineCommand<CleanArguments>({
  name: 'clean',
  options: OPTIONS,
  examples: [
    ['$0 clean --dry-run', 'what a project holds, and nothing else'],
    ['$0 clean --older-than 7d', 'what a week of work did not use'],
    ['$0 clean --out night', 'a night that has a --folder of its own'],
  ],
  handler: async (args, { env }) => {
    const { clean } = await import('../../pipeline/clean/clean.ts')
    const { out, olderThan = null, cacheOnly, histories, dryRun } = args
    const models = defaultCacheFolder(out, env)
    const cleaned = await clean({ out, models, olderThanMs: olderThan, cacheOnly, histories, dryRun })
    printResult(args, cleaned, () => renderCleaned(cleaned))
  },
})

const UNITS: Readonly<Record<string, number>> = { m: 60e3, h: 3600e3, d: 24 * 3600e3, w: 7 * 24 * 3600e3 }

/** @returns milliseconds */
export function parseAge(text: string, option: string): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (unit === undefined)
    throw new InputError(`expected a time such as 30m, 12h, 7d or 4w, got "${text}"`, option)
  return Number(count) * UNITS[unit]!
}

/** The nearest whole unit below, as `--older-than` takes it: `45m`, `12h`, `7d`. */
export function formatAge(ms: number): string {
  const [unit, size] = [...Object.entries(UNITS)]
    .filter(([name, own]) => name !== 'w' && own <= ms)
    .at(-1) ?? ['m', 60e3]
  return `${Math.floor(ms / size)}${unit}`
}

const size = (bytes: number): string => `${formatSi(bytes)}B`

/** Text of at most 80 columns. */
export function renderCleaned({ out, models, dryRun, kinds, nights, inUse, refused }: Cleaned): string {
  if (kinds.length === 0) return `Nothing of Assay's lies in ${out}.`
  const sum = (value: (size: KindSize) => number): number =>
    kinds.reduce((total, size) => total + value(size), 0)
  const total: KindSize = {
    kind: 'all' as KindSize['kind'],
    entries: sum(({ entries }) => entries),
    bytes: sum(({ bytes }) => bytes),
    freedEntries: sum(({ freedEntries }) => freedEntries),
    freedBytes: sum(({ freedBytes }) => freedBytes),
  }
  const table = renderTable<KindSize>(
    [
      { title: '', align: 'left', value: ({ kind }) => kind },
      { title: 'entries', align: 'right', value: ({ entries }) => formatCount(entries) },
      { title: 'size', align: 'right', value: ({ bytes }) => size(bytes) },
      { title: gone(dryRun), align: 'right', value: ({ freedEntries }) => formatCount(freedEntries) },
      { title: 'size', align: 'right', value: ({ freedBytes }) => size(freedBytes) },
    ],
    [...kinds, total],
  )
  const histories = kinds.find(({ kind }) => kind === 'histories')
  const isHistoryFreed = histories !== undefined && histories.freedEntries > 0
  return [
    ...table,
    ...(nights.length === 0 ? [] : ['', ...renderNights(out, nights, dryRun)]),
    '',
    ...(models.startsWith(out) ? [] : [`Models are in ${models} (ASSAY_CACHE).`]),
    ...(inUse === 0 ? [] : [`Left because a process works with them: ${formatCount(inUse)}.`]),
    ...(refused === 0 ? [] : [`Left because they belong to another user: ${formatCount(refused)}.`]),
    ...(histories === undefined || isHistoryFreed
      ? []
      : ['Histories of nights stay unless --histories is given.']),
    dryRun
      ? `Nothing was removed (--dry-run). ${isHistoryFreed ? 'A history cannot be made again.' : 'To make it again costs time alone.'}`
      : `${size(total.freedBytes)} freed. What is not Assay's was not touched.`,
  ].join('\n')
}

const gone = (dryRun: boolean): string => (dryRun ? 'to free' : 'freed')

const MOST_NIGHTS = 20
const MOST_PATH = 40

function renderNights(out: string, nights: readonly NightSize[], dryRun: boolean): readonly string[] {
  const fates: Readonly<Record<NightSize['fate'], string>> = {
    goes: gone(dryRun),
    ...{ 'in use': 'in use', young: 'stays', refused: "another user's" },
  }
  const more = nights.length - MOST_NIGHTS
  return [
    ...renderTable<NightSize>(
      [
        { title: 'night', align: 'left', value: ({ night }) => join(out, night), maxWidth: MOST_PATH },
        { title: 'size', align: 'right', value: ({ bytes }) => size(bytes) },
        { title: 'unused for', align: 'right', value: ({ idleMs }) => formatAge(idleMs) },
        { title: '', align: 'left', value: ({ fate }) => fates[fate] },
      ],
      nights.slice(0, MOST_NIGHTS),
    ),
    ...(more > 0 ? [`and ${formatCount(more)} more (--json lists all)`] : []),
  ]
}
