/** `assay sim`: build the RTL, run it, diff every layer. */
import { basename, join } from 'node:path'
import { readEnvironment } from '../process/environment.ts'
import { printResult, progressFor } from './command.ts'
import { isModuleConfig } from './config-file.ts'
import type { Declarations } from './declaration.ts'
import { type Arguments, defineCommand } from './define-command.ts'
import { chooseLayers } from './layers.ts'
import { MODEL_GROUPS, MODEL_OPTIONS, Q_NMS_OPTIONS, STIMULUS_OPTION } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import { parseReportKinds, REPORT_OPTIONS, runReported } from './reports.ts'
import { folderOf, prepareFromSimArguments, simTarget, simulateFromArguments } from './sim-run.ts'

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
  ...Q_NMS_OPTIONS,
  config: {
    type: 'string',
    describe: 'JSON file of options, or assay.config.ts of your own module',
  },
  simulator: {
    choices: ['verilator', 'icarus'] as const,
    describe: 'Icarus has four states but is slow: small layers only [verilator, or ASSAY_SIMULATOR]',
  },
  rtl: {
    type: 'string',
    reads: true,
    describe: "folder of RTL sources with a list rtl.f, instead of Assay's",
  },
  waveform: {
    type: 'boolean',
    default: true,
    describe: 'record a waveform of the first mismatch (FST) in a second run',
  },
  pictures: {
    type: 'boolean',
    default: true,
    describe: 'draw the detections of the float network and of the RTL',
  },
  array: { type: 'string', describe: 'engine array PIxPOxPX', default: '16x16x4' },
  frozen: {
    type: 'string',
    reads: true,
    describe: 'folder that golden --freeze wrote, instead of checkpoint and image',
  },
  shard: { type: 'string', describe: 'i/n: run only this part of the layers; `assay merge` joins the parts' },
  seeds: {
    type: 'string',
    describe: '1..4 or 1,5: run each layer once from each random power-up',
  },
  ...STIMULUS_OPTION,
  'result-folder': {
    type: 'string',
    writes: 'folder',
    describe: "folder for sim.json and the reports [the run's folder]",
  },
  'plan-identity': { type: 'string', hidden: true, describe: 'plan that the shard must be of' },
  prepare: { type: 'boolean', default: false, describe: 'only quantise, write ROMs and build' },
  watch: { alias: 'w', type: 'boolean', default: false, describe: 'run again on every save' },
  jobs: {
    alias: 'j',
    type: 'number',
    whole: true,
    range: [1, 256],
    describe: 'layers to run in parallel (by default one per core)',
  },
  ...REPORT_OPTIONS,
} as const satisfies Declarations

const OPTIONS = { ...MODEL_OPTIONS, ...SIM_OPTIONS } as const
export type SimArguments = Arguments<typeof OPTIONS>

export const simCommand = defineCommand<SimArguments>({
  command: 'sim',
  describe: 'build the RTL, run it, and compare every layer with the reference model',
  options: OPTIONS,
  groups: { ...MODEL_GROUPS, 'Simulation:': Object.keys(SIM_OPTIONS) },
  examples: [
    ['$0 sim', 'the embedded default model on its own image'],
    ['$0 sim -m yolov8n.pt -i street.jpg -c images/', 'your checkpoint, ranges from images/'],
    ['$0 sim -l model.0..model.9', 'some layers only'],
  ],
  takesModule: true,
  handler: runSim,
})

async function runSim(given: SimArguments): Promise<void> {
  // What the environment says is read here, so that what runs is what is kept.
  const args = { ...given, simulator: given.simulator ?? readEnvironment().simulator ?? 'verilator' }
  await parseReportKinds(args.report)
  const progress = progressFor(args)
  if (args.config !== undefined && isModuleConfig(args.config)) return simulateOwn(args, args.config)
  // Parsed again where they are used; refused before the long part.
  if (args.shard !== undefined) (await import('../pipeline/bench/shard.ts')).parseShard(args.shard)
  if (args.seeds !== undefined) (await import('../pipeline/sim/seeds.ts')).parseSeeds(args.seeds)
  if (args.prepare) {
    const ready = await prepareFromSimArguments(args, progress)
    return printResult(args, ready, () => `Ready in ${ready.folder}, model ${ready.build.slice(0, 12)}.`)
  }
  if (args.watch) {
    const { watchSimulation } = await import('./sim-watch.ts')
    return watchSimulation(args, progress)
  }
  await runReported(args, await simTarget(args), () => simulateFromArguments(args, progress))
}

/** `--config`: the user's own module, layer by layer. */
async function simulateOwn(args: SimArguments, path: string): Promise<void> {
  const folder = folderOf(args)
  await runReported(args, { command: 'sim', folder, file: null, rtl: null }, async () => {
    const { checkModule, loadConfig } = await import('../pipeline/own-rtl/config.ts')
    const { runOperatorSimulation } = await import('../pipeline/own-rtl/simulation.ts')
    // A configuration that is wrong is refused before the long part.
    const loaded = await loadConfig(path)
    await checkModule(loaded, join(args.out, 'cache', 'verilator'))
    const progress = progressFor(args)
    const { prepared, inputs, work } = await prepareFromArguments(args, progress, {
      layers: args.layers,
      image: true,
    })
    return runOperatorSimulation(
      {
        loaded,
        modelName: basename(inputs.model),
        modelHash: prepared.hash,
        graph: prepared.integer,
        imagePath: inputs.image,
        folder,
        cacheDir: join(work.out, 'cache', 'verilator'),
        simulator: args.simulator,
        environment: readEnvironment(),
        choose: (names) => chooseLayers(names, args.layers),
      },
      progress,
    )
  })
}
