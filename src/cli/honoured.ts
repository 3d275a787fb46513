/**
 * The one table of the options that each kind of run honours. A run can be of several kinds at once (of a frozen set, chained,
 * under Icarus), and each kind must honour every option that was given. An option that a kind does not list is refused by
 * name, so a new option is refused until it is listed.
 *
 * `waveform=false` lists one value alone: a kind without waveforms honours `--no-waveform`.
 */
import { InputError } from '../input/input-error.ts'
import { isModuleConfig } from './config-file.ts'

type Values = Readonly<Record<string, unknown>>

export interface RunKind {
  /** The kind, as a sentence names it. */
  readonly what: string
  readonly applies: (args: Values) => boolean
  readonly honours: readonly string[]
  /** Why it honours no other options. */
  readonly why: string
}

const NETWORK = ['model', 'size', 'names', 'config']
const BITS = ['bits', 'weight-bits', 'activation-bits']
const CALIBRATION = [
  ...BITS,
  ...['table-bits', 'observer', 'effort', 'techniques', 'overrides', 'scope', 'calibration'],
  'calibration-images',
]
const OUTPUT = ['out', 'cache', 'json', 'quiet']
const QUANTISED = [...NETWORK, ...CALIBRATION, ...OUTPUT]
const ON_IMAGE = [...QUANTISED, 'image']
const Q_NMS = ['confidence', 'iou', 'multi-label']

const all = (what: string, honours: readonly string[]): RunKind => ({
  what,
  applies: () => true,
  honours,
  why: 'it does not use it',
})

/** An image stands in for a calibration folder if the user's own model has none, and has no other use. */
const withoutImage = (honours: readonly string[]): RunKind => ({
  what: 'a command that runs no image',
  applies: ({ calibration, model }) => calibration !== undefined || model === undefined,
  honours: honours.filter((name) => name !== 'image'),
  why: 'it gives ranges only if your own model has no --calibration',
})

const without = (honours: readonly string[], ...names: readonly string[]): readonly string[] =>
  honours.filter((name) => !names.includes(name))

const SIM_LAYERS = ['layers', 'mode', 'simulator', 'result-folder', 'plan-identity', 'report', 'waveform']
const SIM = [
  ...ON_IMAGE,
  ...Q_NMS,
  ...SIM_LAYERS,
  'pictures',
  'rtl',
  'array',
  'frozen',
  'shard',
  'seeds',
  'stimulus',
  'jobs',
]
const SIM_ALL = [...SIM, 'prepare', 'watch']

const isModule = ({ config }: Values): boolean => typeof config === 'string' && isModuleConfig(config)

const ROMS = [...ON_IMAGE, 'array', 'format', 'layout', 'disassemble']
const GOLDEN = [...ON_IMAGE, ...Q_NMS, 'stimulus', 'layout', 'array', 'freeze', 'layers']
const EXPLAIN = [...ON_IMAGE, 'layer', 'at', 'box', 'rtl', 'all', 'array']
const SELFTEST = [...ON_IMAGE, 'array', 'seed', 'rtl']

const DATA = ['data', 'images', 'split', 'limit', 'shard']
const BOXES = [...Q_NMS, 'max-detections']
const TABLES = ['stages', ...BOXES, 'matched', 'replicates', 'seed', 'jobs', 'classes', 'pictures']
const HARDWARE = ['capacity', 'array', 'rtl']
const ANALYSES = ['snr', 'blame', 'sweep', 'analysis-images']
const VALIDATE = [...ON_IMAGE, ...DATA, ...TABLES, ...HARDWARE, ...ANALYSES]
const isAnalysis = ({ snr, blame, sweep }: Values): boolean =>
  sweep === undefined && (snr === true || blame !== undefined)
const isTables = ({ snr, blame, sweep }: Values): boolean =>
  snr !== true && blame === undefined && sweep === undefined
const stagesOf = ({ stages, model }: Values): readonly string[] =>
  typeof stages === 'string'
    ? stages.split(',').map((stage) => stage.trim())
    : ['full', ...(model === undefined ? ['rtl'] : [])]

const FARM_OUTPUT = ['json', 'quiet']

/** By command. Every kind that applies must honour an option. */
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
    withoutImage(ROMS),
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
  sim: [
    all('assay sim', SIM_ALL),
    {
      what: 'a run of your own module (--config)',
      applies: isModule,
      honours: [
        ...ON_IMAGE,
        ...[
          'layers',
          'simulator',
          'report',
          'result-folder',
          'mode=isolated',
          'waveform=false',
          'pictures=false',
        ],
      ],
      why: 'its layers run once each from golden inputs, without array, boxes, pictures or waveforms',
    },
    {
      what: 'a run on a frozen set (--frozen)',
      applies: ({ frozen }) => frozen !== undefined,
      honours: [
        ...[
          'frozen',
          'config',
          'rtl',
          'array',
          'shard',
          'seeds',
          'stimulus',
          'jobs',
          'prepare',
          'watch',
          'pictures=false',
        ],
        ...SIM_LAYERS,
        ...OUTPUT,
      ],
      why: 'model, image, bits and settings of q_NMS are those of the set, and it has no picture to draw on',
    },
    {
      what: 'a chained run (--mode chained)',
      applies: ({ mode }) => mode === 'chained',
      honours: without(SIM_ALL, 'layers', 'shard', 'seeds', 'jobs'),
      why: 'it runs the whole network once, from the image',
    },
    {
      what: 'a run under Icarus (--simulator icarus)',
      applies: ({ simulator }) => simulator === 'icarus',
      honours: [...without(SIM_ALL, 'seeds', 'waveform', 'stimulus'), 'waveform=false', 'stimulus=image'],
      why: 'registers begin as x there, it is slow, and no waveform is recorded',
    },
    {
      what: 'a run in parts (--shard, --seeds)',
      applies: ({ shard, seeds }) => shard !== undefined || seeds !== undefined,
      honours: [...without(SIM_ALL, 'stimulus'), 'stimulus=image'],
      why: 'generated stimulus runs once, for the whole',
    },
    {
      what: '--prepare',
      applies: ({ prepare }) => prepare === true,
      honours: [...SIM, 'prepare'],
      why: 'it ends before the first cycle',
    },
  ],
  validate: [
    all('assay validate', VALIDATE),
    withoutImage(VALIDATE),
    {
      what: 'a validation of float stages alone (--stages)',
      applies: (args) =>
        isTables(args) && stagesOf(args).every((stage) => stage === 'float' || stage === 'unfused'),
      honours: [...NETWORK, ...OUTPUT, ...DATA, ...TABLES],
      why: 'nothing is quantised',
    },
    {
      what: 'a validation without the stage rtl',
      applies: (args) => !stagesOf(args).includes('rtl') || !isTables(args),
      honours: without(VALIDATE, 'array', 'rtl'),
      why: 'no RTL is built',
    },
    {
      what: 'a validation without the stages full and rtl',
      applies: (args) =>
        isTables(args) && !stagesOf(args).some((stage) => stage === 'full' || stage === 'rtl'),
      honours: without(VALIDATE, ...HARDWARE),
      why: 'q_NMS does not run',
    },
    {
      what: 'a validation in tables',
      applies: isTables,
      honours: without(VALIDATE, ...ANALYSES),
      why: 'it belongs to --snr and --blame',
    },
    {
      what: 'a sweep (--sweep)',
      applies: ({ sweep }) => sweep !== undefined,
      honours: [
        ...ON_IMAGE,
        ...DATA,
        ...without(TABLES, 'stages', 'classes', 'pictures'),
        'sweep',
        'capacity',
      ],
      why: 'it measures the float and the integer network at each number of bits',
    },
    {
      what: 'a sweep of all bits (--sweep bits=)',
      applies: ({ sweep }) => typeof sweep === 'string' && sweep.startsWith('bits='),
      honours: without(VALIDATE, ...BITS),
      why: 'it chooses them itself',
    },
    {
      what: 'an analysis of layers (--snr, --blame)',
      applies: isAnalysis,
      honours: [...ON_IMAGE, ...DATA, ...BOXES, 'jobs', 'snr', 'blame', 'analysis-images'],
      why: 'it measures what layers cost, and writes no tables',
    },
    {
      what: 'an analysis without --blame map',
      applies: (args) => isAnalysis(args) && args.blame !== 'map',
      honours: without(VALIDATE, ...BOXES),
      why: 'it measures noise, and no boxes',
    },
  ],
  report: [
    all('assay report', ['model', ...BITS, 'config', 'out', 'json', 'quiet', 'run', 'out-file']),
    {
      what: 'a report of a named run (--run)',
      applies: ({ run }) => run !== undefined,
      honours: ['run', 'out-file', 'json', 'quiet', 'config'],
      why: 'the folder says which run it is',
    },
  ],
  diff: [all('assay diff', ['old', 'new', 'json'])],
  merge: [all('assay merge', ['out', 'shards', 'report', 'rtl', 'json'])],
  farm: [
    all('assay farm', [
      ...['arguments', 'slurm', 'plan', 'shard', 'shards', 'folder', 'attempts', 'sbatch', 'report'],
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
  ports: [
    all('assay ports', ['top', 'sources', 'out', 'parameter', 'include', 'types', 'json']),
    {
      what: '--json',
      applies: ({ json }) => json === true,
      honours: ['top', 'sources', 'out', 'parameter', 'include', 'json'],
      why: 'stdout is the JSON object alone',
    },
  ],
  selftest: [
    all('assay selftest', SELFTEST),
    {
      what: 'the self-test of your own module (--config)',
      applies: isModule,
      honours: [...ON_IMAGE, 'seed', 'rtl=false'],
      why: 'it changes golden data and load data, and has no array',
    },
  ],
  init: [all('assay init', ['sources', 'top', 'output', 'force', 'json'])],
}

const isHonoured = ({ honours }: RunKind, name: string, value: unknown): boolean =>
  honours.includes(name) || honours.includes(`${name}=${String(value)}`)

/** @throws InputError naming the given options that this run does not honour, each with the first kind that does not. */
export function refuseUnhonoured(
  command: string,
  args: Values,
  given: readonly string[],
  table: Readonly<Record<string, readonly RunKind[]>> = HONOURED,
): void {
  const spell = (name: string): string => (args[name] === false ? `--no-${name}` : `--${name}`)
  const refused = new Set<string>()
  const reasons: string[] = []
  for (const kind of table[command]!) {
    if (!kind.applies(args)) continue
    const own = given.filter((name) => !isHonoured(kind, name, args[name]) && !refused.has(name))
    if (own.length === 0) continue
    for (const name of own) refused.add(name)
    const which = reasons.length === 0 ? '' : `${own.map(spell).join(', ')} `
    reasons.push(`${which}not honoured by ${kind.what}: ${kind.why}`)
  }
  if (refused.size === 0) return
  const advice = refused.size === 1 ? 'Leave it out.' : 'Leave them out.'
  throw new InputError(reasons.join('; '), [...refused].map(spell).join(', '), advice)
}
