/** Options of `assay regress`. */
import { join } from 'node:path'
import { parseShard } from '../../../pipeline/bench/shard.ts'
import { parseGrowth } from '../../../regress/compare.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import { ARRAY_RUN_OPTIONS, JOBS_OPTION, MODEL_OPTIONS, REPORT_OPTIONS } from '../../options/shared.ts'

/** Where nights lie that have no folder of their own. */
export const NIGHTS = join('build', 'regress')

export const REGRESS_POSITIONALS = {
  file: { type: 'string', describe: 'the plan: YAML, JSON, or a module that exports it' },
} as const satisfies Declarations

export const REGRESS_OPTIONS = {
  example: { type: 'boolean', default: false, describe: 'print a plan to begin with, and run nothing' },
  list: {
    type: 'boolean',
    default: false,
    describe: 'show the entries and how long they take, and run nothing',
  },
  plan: {
    type: 'boolean',
    default: false,
    describe: 'only write plan.json with the shards, for another scheduler',
  },
  shard: { type: 'string', parse: parseShard, describe: 'i/n: run this shard of plan.json in the folder' },
  join: { type: 'boolean', default: false, describe: 'join what the shards left into one report' },
  ...ARRAY_RUN_OPTIONS,
  shards: { ...ARRAY_RUN_OPTIONS.shards, describe: 'number of shards of --plan and --slurm' },
  folder: {
    type: 'string',
    writes: 'folder',
    otherwise: NIGHTS,
    describe: "folder of runs and reports, which every machine must see [build/regress/ and the plan's name]",
  },
  out: MODEL_OPTIONS.out,
  cache: MODEL_OPTIONS.cache,
  jobs: { ...JOBS_OPTION, describe: 'runs side by side (by default one per core)' },
  restart: { type: 'boolean', default: false, describe: 'begin anew, even if this night was stopped' },
  'rerun-failed': {
    type: 'boolean',
    default: false,
    describe: 'run what was not exact in the last night here; the rest is exact only if its proof holds',
  },
  against: { type: 'string', describe: 'compare with another night: its file, its folder, or last' },
  history: {
    type: 'string',
    writes: 'folder',
    describe: 'folder with a record of every night, which machines may share [history in --folder]',
  },
  'max-cycles-growth': {
    type: 'string',
    parse: parseGrowth,
    describe: 'more cycles of a layer than this are red: 1% (with --against)',
  },
  report: {
    ...REPORT_OPTIONS.report,
    describe: 'json, junit, html, github, codequality, sarif [the first three; github in a workflow]',
  },
  json: MODEL_OPTIONS.json,
  quiet: MODEL_OPTIONS.quiet,
} as const satisfies Declarations

export type RegressArguments = Arguments<typeof REGRESS_POSITIONALS & typeof REGRESS_OPTIONS>
