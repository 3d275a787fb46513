/** Options of `assay sim`, and a run of it. */
import { parseShard } from '../../../pipeline/bench/shard.ts'
import type { Progress } from '../../../pipeline/files/progress.ts'
import { parseSeeds } from '../../../pipeline/sim/seeds.ts'
import type { Environment } from '../../../process/environment.ts'
import type { Origin } from '../../../result/record.ts'
import { parseLayers } from '../../model/layers.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import {
  ARRAY_OPTION,
  JOBS_OPTION,
  MODEL_OPTIONS,
  MODULE_OPTION,
  Q_NMS_OPTIONS,
  REPORT_OPTIONS,
  STIMULUS_OPTION,
} from '../../options/shared.ts'

export const SIM_OPTIONS = {
  layers: {
    alias: 'l',
    type: 'string',
    parse: parseLayers,
    describe: 'layers to run: model.0..model.9,model.22 (all by default)',
  },
  mode: {
    choices: ['isolated', 'chained'] as const,
    describe: 'each layer from its golden input, or all in one run [isolated, or as the module says]',
  },
  ...Q_NMS_OPTIONS,
  module: MODULE_OPTION,
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
  array: ARRAY_OPTION,
  frozen: {
    type: 'string',
    reads: true,
    describe: 'folder that golden --freeze wrote, instead of checkpoint and image',
  },
  shard: {
    type: 'string',
    parse: parseShard,
    describe: 'i/n: run only this part of the layers; `assay merge` joins the parts',
  },
  seeds: {
    type: 'string',
    parse: parseSeeds,
    describe: '1..4 or 1,5: run each layer once from each random power-up',
  },
  ...STIMULUS_OPTION,
  'result-folder': {
    type: 'string',
    writes: 'folder',
    describe: "folder for sim.json and the reports [the run's folder]",
  },
  'data-folder': {
    type: 'string',
    hidden: true,
    writes: 'folder',
    describe: 'folder for ROMs and pictures; a waveform then goes to the result folder',
  },
  'progress-file': {
    type: 'string',
    hidden: true,
    writes: 'file',
    describe: 'file that says what the run does',
  },
  'plan-identity': { type: 'string', hidden: true, describe: 'plan that the shard must be of' },
  prepare: { type: 'boolean', default: false, describe: 'only quantise, write ROMs and build' },
  watch: { alias: 'w', type: 'boolean', default: false, describe: 'run again on every save' },
  jobs: { ...JOBS_OPTION, describe: 'layers to run in parallel (by default one per core)' },
  ...REPORT_OPTIONS,
} as const satisfies Declarations

export const OPTIONS = { ...MODEL_OPTIONS, ...SIM_OPTIONS } as const
export type SimArguments = Arguments<typeof OPTIONS>

export interface SimRun {
  readonly args: SimArguments
  /** As it was read where the command began. */
  readonly environment: Environment
  readonly progress: Progress
  /** Asked for where the command began: git answers while the run is prepared. */
  readonly origin: Promise<Origin>
}
