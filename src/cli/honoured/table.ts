/** Which options each kind of run honours, by command. */
import { COMPARE_KINDS } from './compare.ts'
import { PROBE_KINDS } from './probe.ts'
import { all, ON_IMAGE, Q_NMS, QUANTISATION, type RunKind, without, withoutImage } from './run-kind.ts'
import { SIM_KINDS } from './sim.ts'
import { VALIDATE_KINDS } from './validate.ts'

const ROMS_OF_MODULE = ['module', 'layers', 'mode', 'word-bits']
const ROMS = [...ON_IMAGE, ...ROMS_OF_MODULE, 'array', 'format', 'layout', 'disassemble']
const GOLDEN = [...ON_IMAGE, ...Q_NMS, 'stimulus', 'layout', 'array', 'freeze', 'layers']
const EXPLAIN = [...ON_IMAGE, 'layer', 'at', 'box', 'rtl', 'rtl-folder', 'all', 'array']
const SELFTEST = [...ON_IMAGE, 'module', 'array', 'seed', 'rtl']
const PORTS = ['top', 'sources', 'out', 'parameter', 'include', 'define', 'language', 'flag', 'json']
const MUTATE = ['sources', 'only', 'sample', 'at-least', 'timeout', 'explained', 'out', 'json', 'quiet']
const FARM_OUTPUT = ['json', 'quiet']
const NIGHT = ['file', 'folder', 'out', 'cache', ...FARM_OUTPUT]
const NIGHT_REPORT = ['report', 'against', 'history', 'max-cycles-growth']
const NIGHT_ARRAY = ['slurm', 'shards', 'attempts', 'sbatch']

export const HONOURED: Readonly<Record<string, readonly RunKind[]>> = {
  inspect: [
    all('assay inspect', ['checkpoint', 'model', 'size', 'json', 'quiet']),
    {
      what: 'assay inspect of a checkpoint that was already named',
      applies: ({ checkpoint }) => checkpoint !== undefined,
      honours: ['checkpoint', 'size', 'json', 'quiet'],
      why: 'it shows that one',
    },
  ],
  quantise: [all('assay quantise', [...ON_IMAGE, 'files']), withoutImage([...ON_IMAGE, 'files'])],
  roms: [
    all('assay roms', ROMS),
    {
      what: 'the memories of your own module (--module)',
      applies: ({ module }) => module !== undefined,
      honours: [...ON_IMAGE, ...ROMS_OF_MODULE],
      why: 'they are in every format, and as its configuration says',
    },
    {
      what: 'assay roms without --module',
      applies: ({ module }) => module === undefined,
      honours: without(ROMS, ...ROMS_OF_MODULE),
      why: 'it writes the ROMs of the detector, with every layer',
    },
    {
      ...withoutImage(ROMS),
      applies: (given) => given.module === undefined && withoutImage(ROMS).applies(given),
    },
    {
      what: 'the plain layout',
      applies: ({ layout }) => layout === 'plain',
      honours: without(ROMS, 'array', 'disassemble'),
      why: 'it has neither lanes nor a program',
    },
  ],
  golden: [
    all('assay golden', GOLDEN),
    {
      what: 'assay golden without --freeze',
      applies: ({ freeze }) => freeze === undefined,
      honours: without(GOLDEN, 'layers', 'stimulus', ...Q_NMS),
      why: 'it writes all codes of all layers but no boxes, and no RTL runs on them',
    },
    {
      what: 'a frozen set (--freeze)',
      applies: ({ freeze }) => freeze !== undefined,
      honours: without(GOLDEN, 'layout', 'array'),
      why: 'it holds codes, which belong to no array',
    },
    {
      what: 'the plain layout',
      applies: ({ freeze, layout }) => freeze === undefined && layout === 'plain',
      honours: without(GOLDEN, 'array'),
      why: 'it has no lanes',
    },
  ],
  explain: [
    all('assay explain', EXPLAIN),
    {
      what: 'an explained box (--box)',
      applies: ({ box }) => box !== undefined,
      honours: without(EXPLAIN, 'layer', 'at'),
      why: 'a box is an output of the detect head',
    },
  ],
  sim: SIM_KINDS,
  validate: VALIDATE_KINDS,
  report: [
    all('assay report', [
      'model',
      'size',
      'module',
      ...QUANTISATION,
      'config',
      'out',
      'json',
      'quiet',
      'run',
      'out-file',
    ]),
    {
      what: 'a report of a named run (--run)',
      applies: ({ run }) => run !== undefined,
      honours: ['run', 'out-file', 'json', 'quiet', 'config'],
      why: 'the folder says which run it is',
    },
  ],
  compare: COMPARE_KINDS,
  diff: [all('assay diff', ['old', 'new', 'json'])],
  merge: [all('assay merge', ['out', 'shards', 'report', 'json'])],
  farm: [
    all('assay farm', [
      'arguments',
      'slurm',
      'plan',
      'shard',
      'shards',
      'folder',
      'attempts',
      'sbatch',
      'report',
      ...FARM_OUTPUT,
    ]),
    {
      what: 'one shard (--shard)',
      applies: ({ shard }) => shard !== undefined,
      honours: ['shard', 'folder', ...FARM_OUTPUT],
      why: 'the manifest in the folder gives the rest',
    },
    {
      what: 'a plan (--plan)',
      applies: ({ plan, slurm, shard }) => plan === true && slurm !== true && shard === undefined,
      honours: ['arguments', 'plan', 'shards', 'folder', ...FARM_OUTPUT],
      why: 'it writes the manifest and runs nothing',
    },
    {
      what: 'a job array (--slurm)',
      applies: ({ slurm, shard }) => slurm === true && shard === undefined,
      honours: ['arguments', 'slurm', 'shards', 'folder', 'attempts', 'sbatch', 'report', ...FARM_OUTPUT],
      why: 'it submits every shard',
    },
  ],
  regress: [
    all('assay regress', [
      ...NIGHT,
      ...NIGHT_REPORT,
      ...NIGHT_ARRAY,
      'example',
      'list',
      'plan',
      'shard',
      'join',
      'jobs',
      'restart',
      'rerun-failed',
    ]),
    {
      what: 'an example (--example)',
      applies: ({ example }) => example === true,
      honours: ['example', ...FARM_OUTPUT],
      why: 'it prints a plan, and runs nothing',
    },
    {
      what: 'a list (--list)',
      applies: ({ list }) => list === true,
      honours: ['file', 'list', 'folder', 'history', 'jobs', 'rerun-failed', ...FARM_OUTPUT],
      why: 'it runs nothing',
    },
    {
      what: 'one shard (--shard)',
      applies: ({ shard }) => shard !== undefined,
      honours: ['file', 'shard', 'folder', 'jobs', ...FARM_OUTPUT],
      why: 'plan.json in the folder gives the rest',
    },
    {
      what: 'shards that are joined (--join)',
      applies: ({ join }) => join === true,
      honours: ['file', 'join', 'folder', ...NIGHT_REPORT, ...FARM_OUTPUT],
      why: 'plan.json in the folder gives the rest',
    },
    {
      what: 'a plan for another scheduler (--plan)',
      applies: ({ plan }) => plan === true,
      honours: [...NIGHT, 'plan', 'shards', 'history'],
      why: 'it writes plan.json and runs nothing',
    },
    {
      what: 'a job array (--slurm)',
      applies: ({ slurm }) => slurm === true,
      honours: [...NIGHT, ...NIGHT_ARRAY, ...NIGHT_REPORT, 'restart'],
      why: 'its nodes decide what runs side by side',
    },
    {
      what: 'a night on this machine',
      applies: ({ example, list, plan, shard, join, slurm }) =>
        ![example, list, plan, join, slurm].includes(true) && shard === undefined,
      honours: [...NIGHT, ...NIGHT_REPORT, 'jobs', 'restart', 'rerun-failed'],
      why: 'it has no shards',
    },
    {
      what: 'what was not exact before (--rerun-failed)',
      applies: ({ plan, shard, join, slurm, ...args }) =>
        args['rerun-failed'] === true && ![plan, join, slurm].includes(true) && shard === undefined,
      honours: [...without(NIGHT, 'cache'), 'cache=true', ...NIGHT_REPORT, 'jobs', 'list', 'rerun-failed'],
      why: 'it goes on from a night that has ended, and keeps the rest by its proofs',
    },
  ],
  ports: [
    all('assay ports', [...PORTS, 'types']),
    {
      what: '--json',
      applies: ({ json }) => json === true,
      honours: PORTS,
      why: 'stdout is the JSON object alone',
    },
  ],
  selftest: [
    all('assay selftest', SELFTEST),
    {
      what: 'the self-test of your own module (--module)',
      applies: ({ module }) => module !== undefined,
      honours: [...ON_IMAGE, 'module', 'seed', 'rtl=false'],
      why: 'it changes golden data and load data, and has no array',
    },
  ],
  clean: [all('assay clean', ['older-than', 'cache-only', 'histories', 'dry-run', 'out', 'json'])],
  completion: [all('assay completion', ['shell'])],
  profiles: [all('assay profiles', ['profile', 'json'])],
  probe: PROBE_KINDS,
  mutate: [
    all('assay mutate', [...ON_IMAGE, ...MUTATE, 'tests', 'module', 'layers']),
    {
      what: 'a run of your own tests (without --module)',
      applies: ({ module }) => module === undefined,
      honours: [...MUTATE, 'tests'],
      why: 'no network takes part',
    },
    {
      what: 'a run of your own module (--module)',
      applies: ({ module }) => module !== undefined,
      honours: [...ON_IMAGE, ...MUTATE, 'module', 'layers'],
      why: 'the golden data are its test',
    },
  ],
  coverage: [all('assay coverage', ['sources', 'tests', 'at-least', 'out', 'json', 'quiet'])],
  init: [all('assay init', ['sources', 'top', 'output', 'include', 'force', 'json'])],
}
