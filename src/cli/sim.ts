/** `assay sim`: build the RTL, run it, diff every layer. */
import { basename, join } from 'node:path'
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from 'yargs'
import { InputError } from '../checkpoint/input-error.ts'
import { printResult, progressFor } from './command.ts'
import { chooseLayers } from './layers.ts'
import { type MODEL_OPTIONS, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import { finishRun, parseReportKinds, REPORT_OPTIONS } from './reports.ts'
import { prepareFromSimArguments, simulateFromArguments } from './sim-run.ts'

const SIM_OPTIONS = {
  layers: {
    alias: 'l',
    type: 'string',
    describe: 'layers to run: model.0..model.9,model.22 (all by default)',
  },
  mode: {
    choices: ['isolated', 'chained'] as const,
    default: 'isolated' as const,
    describe: 'each layer from its golden input, or the whole network from the image',
  },
  confidence: { type: 'number', default: 0.25, describe: 'score that a detection needs' },
  iou: { type: 'number', default: 0.7, describe: 'overlap above which q_NMS suppresses' },
  'multi-label': {
    type: 'boolean',
    default: false,
    describe: 'every class of an anchor may detect, not only its best',
  },
  config: {
    type: 'string',
    describe: 'JSON file of options, or assay.config.ts of a module of your own',
  },
  simulator: {
    choices: ['verilator', 'icarus'] as const,
    default: 'verilator' as const,
    describe: 'Icarus is four-state, and slow: small layers only',
  },
  rtl: { type: 'string', describe: 'folder of RTL sources with a list rtl.f in it, instead of ours' },
  waveform: { type: 'boolean', default: true, describe: 'record the first mismatch (FST), by a second run' },
  pictures: { type: 'boolean', default: true, describe: 'draw the detections of float network and RTL' },
  array: { type: 'string', describe: 'engine array PIxPOxPX', default: '16x16x4' },
  frozen: { type: 'string', describe: 'folder of golden --freeze, in the place of checkpoint and image' },
  shard: { type: 'string', describe: 'i/n: run this part of the layers only; `assay merge` joins them' },
  seeds: {
    type: 'string',
    describe: '1..4 or 1,5: run each layer once from each random power-up',
  },
  stimulus: {
    choices: ['image', 'corners', 'random', 'all'] as const,
    describe: 'inputs beside the image, made from the weights [isolated, Verilator: all; else image]',
  },
  'result-folder': { type: 'string', describe: "where sim.json and reports go [the run's folder]" },
  prepare: { type: 'boolean', default: false, describe: 'quantise, write ROMs and build, no more' },
  watch: { alias: 'w', type: 'boolean', default: false, describe: 'run again on every save' },
  jobs: { alias: 'j', type: 'number', describe: 'layers that run side by side (one a core by default)' },
  ...REPORT_OPTIONS,
} as const satisfies Record<string, Options>

/** `config` is every command's, for options; here it may be a module's as well. */
export type SimArguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof MODEL_OPTIONS & Omit<typeof SIM_OPTIONS, 'config'>> & {
    config: string | undefined
  }
>

export const simCommand: CommandModule<unknown, SimArguments> = {
  command: 'sim',
  describe: 'build the RTL, run it, diff every layer against the reference',
  builder: ((parser: Argv) =>
    withModelOptions(parser)
      .options(SIM_OPTIONS)
      .group(Object.keys(SIM_OPTIONS), 'Simulation:')
      .example('$0 sim', 'the embedded default model on its own image')
      .example('$0 sim -m yolov8n.pt -i street.jpg -c images/', 'your checkpoint, ranges from images/')
      .example('$0 sim -l model.0..model.9', 'some layers only')) as never,
  handler: runSim,
}

async function runSim(args: SimArguments): Promise<void> {
  await parseReportKinds(args.report)
  const progress = progressFor(args)
  if (args.config !== undefined && !args.config.endsWith('.json')) return simulateOwn(args, args.config)
  if (args.jobs !== undefined && !(Number.isInteger(args.jobs) && args.jobs >= 1 && args.jobs <= 256))
    throw new InputError(`expected a whole number from 1 to 256, got ${args.jobs}`, '--jobs')
  if (args.shard !== undefined && args.mode === 'chained')
    throw new InputError('a chained run cannot be split into layers', '--shard', 'Leave out --mode chained.')
  if (args.seeds !== undefined) {
    const { parseSeeds } = await import('../pipeline/seeds.ts')
    parseSeeds(args.seeds)
    if (args.mode === 'chained' || args.simulator === 'icarus')
      throw new InputError(
        'random power-ups are for layers on their own under Verilator',
        '--seeds',
        'Leave out --mode chained and --simulator icarus.',
      )
  }
  if (args.stimulus !== undefined && args.stimulus !== 'image') {
    const refused = (['shard', 'seeds'] as const).find((name) => args[name] !== undefined)
    if (refused !== undefined || args.simulator === 'icarus')
      throw new InputError(
        'generated stimulus runs once, whole, under Verilator',
        '--stimulus',
        `Leave out ${refused === undefined ? '--simulator icarus' : `--${refused}`}.`,
      )
  }
  if (args.prepare) {
    const { folder, key } = await prepareFromSimArguments(args, progress)
    return printResult(args, { folder, build: key }, () => `Ready in ${folder}, model ${key.slice(0, 12)}.`)
  }
  if (args.watch) {
    const { watchSimulation } = await import('./sim-watch.ts')
    return watchSimulation(args, progress)
  }
  const { result, folder } = await simulateFromArguments(args, progress)
  await finishRun(args, result, folder, args.rtl)
}

/** `--config`: somebody else's module, layer by layer. */
async function simulateOwn(args: SimArguments, path: string): Promise<void> {
  if (args.stimulus !== undefined)
    throw new InputError('a module of your own runs on the image alone', '--stimulus', 'Leave it out.')
  const { loadConfig } = await import('../pipeline/operator-config.ts')
  const { runOperatorSimulation } = await import('../pipeline/operator-simulation.ts')
  // A configuration that is wrong is refused before the long part.
  const loaded = await loadConfig(path)
  const progress = progressFor(args)
  const { prepared, inputs, folder, work } = await prepareFromArguments(args, progress)
  const result = await runOperatorSimulation(
    {
      loaded,
      modelName: basename(inputs.model),
      modelHash: prepared.hash,
      graph: prepared.integer,
      imagePath: inputs.image,
      folder,
      cacheDir: join(work.out, 'cache', 'verilator'),
      simulator: args.simulator,
      choose: (names) => chooseLayers(names, args.layers),
    },
    progress,
  )
  await finishRun(args, result, folder, null)
}
