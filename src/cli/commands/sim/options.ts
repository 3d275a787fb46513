/** Options of `assay sim`, and a run of it. */
import { parseShard } from '../../../pipeline/bench/shard.ts'
import type { Progress } from '../../../pipeline/files/progress.ts'
import { parseSeeds } from '../../../pipeline/sim/seeds.ts'
import type { Environment } from '../../../process/environment.ts'
import { parseLayers } from '../../model/layers.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import {
  ARRAY_OPTION,
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
    default: 'isolated' as const,
    describe: 'each layer from its golden input, or the whole network from the image',
  },
  ...Q_NMS_OPTIONS,
  module: MODULE_OPTION,
  simulator: {
    choices: ['verilator', 'icarus'] as const,
    describe: 'Icarus is four-state, and slow: small layers only [verilator, or ASSAY_SIMULATOR]',
  },
  rtl: {
    type: 'string',
    reads: true,
    describe: 'folder of RTL sources with a list rtl.f in it, instead of ours',
  },
  waveform: { type: 'boolean', default: true, describe: 'record the first mismatch (FST), by a second run' },
  pictures: { type: 'boolean', default: true, describe: 'draw the detections of float network and RTL' },
  array: ARRAY_OPTION,
  frozen: {
    type: 'string',
    reads: true,
    describe: 'folder of golden --freeze, in the place of checkpoint and image',
  },
  shard: {
    type: 'string',
    parse: parseShard,
    describe: 'i/n: run this part of the layers only; `assay merge` joins them',
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
    describe: "where sim.json and reports go [the run's folder]",
  },
  'plan-identity': { type: 'string', hidden: true, describe: 'plan that the shard must be of' },
  prepare: { type: 'boolean', default: false, describe: 'quantise, write ROMs and build, no more' },
  watch: { alias: 'w', type: 'boolean', default: false, describe: 'run again on every save' },
  jobs: {
    alias: 'j',
    type: 'number',
    whole: true,
    range: [1, 256],
    describe: 'layers that run side by side (one a core by default)',
  },
  ...REPORT_OPTIONS,
} as const satisfies Declarations

export const OPTIONS = { ...MODEL_OPTIONS, ...SIM_OPTIONS } as const
export type SimArguments = Arguments<typeof OPTIONS>

export interface SimRun {
  readonly args: SimArguments
  /** As it was read where the command began. */
  readonly environment: Environment
  readonly progress: Progress
}
