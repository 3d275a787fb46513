/** `assay clean`: what a project holds on the disk, shown and freed. */
import { InputError } from '../../input/input-error.ts'
import { pathWithin } from '../../input/path-within.ts'
import type { Cleaned, KindSize } from '../../pipeline/clean/clean.ts'
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
  'cache-only': { type: 'boolean', default: false, describe: 'leave the results, free the cache' },
  'dry-run': { type: 'boolean', default: false, describe: 'show what would go, and remove nothing' },
  out: {
    alias: 'o',
    type: 'string',
    default: 'build',
    describe: 'folder that --out of other commands named',
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
  ],
  handler: async (args, { env }) => {
    const { clean } = await import('../../pipeline/clean/clean.ts')
    const { out, olderThan = null, cacheOnly, dryRun } = args
    const models = defaultCacheFolder(out, env)
    const cleaned = await clean({ out, models, olderThanMs: olderThan, cacheOnly, dryRun })
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
  const gone = dryRun ? 'to free' : 'freed'
  const table = renderTable<KindSize>(
    [
      { title: '', align: 'left', value: ({ kind }) => kind },
      { title: 'entries', align: 'right', value: ({ entries }) => formatCount(entries) },
      { title: 'size', align: 'right', value: ({ bytes }) => `${formatSi(bytes)}B` },
      { title: gone, align: 'right', value: ({ freedEntries }) => formatCount(freedEntries) },
      { title: 'size', align: 'right', value: ({ freedBytes }) => `${formatSi(freedBytes)}B` },
    ],
    [...kinds, total],
  )
  return [
    ...table,
    '',
    ...nights.map(
      ({ folder, bytes }) => `Night: ${pathWithin(process.cwd(), folder) ?? folder}, ${formatSi(bytes)}B.`,
    ),
    ...(models.startsWith(out) ? [] : [`Models are in ${models} (ASSAY_CACHE).`]),
    ...(inUse === 0 ? [] : [`Left because a process works with them: ${formatCount(inUse)}.`]),
    ...(refused === 0 ? [] : [`Left because they belong to another user: ${formatCount(refused)}.`]),
    dryRun
      ? 'Nothing was removed (--dry-run). To make it again costs time alone.'
      : `${formatSi(total.freedBytes)}B freed. What is not Assay's was not touched.`,
  ].join('\n')
}
