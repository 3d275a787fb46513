/** Options that several commands share. */
import { parseArray } from '../../pipeline/model/engine-choice.ts'
import { OBSERVERS } from '../../quantise/observers.ts'
import { EFFORTS, TECHNIQUES } from '../../quantise/techniques.ts'
import { STIMULUS_CHOICES } from '../../stimulus/types.ts'
import { QUANTISATION } from '../honoured/run-kind.ts'
import type { Arguments, Declaration, Declarations } from './declaration.ts'
import { parseReportKinds, parseSize, parseTechniques } from './parse.ts'
import { prepareProfile } from './prepare-profile.ts'

export const MODEL_OPTIONS = {
  model: {
    alias: 'm',
    type: 'string',
    reads: true,
    describe: 'YOLOv8 detection checkpoint (.pt) [the embedded default model]',
  },
  size: {
    type: 'string',
    parse: parseSize,
    describe: "network input, 640 or 480x640 (height x width) [the checkpoint's own]",
  },
  bits: { type: 'number', describe: 'bits of both weights and activations' },
  'weight-bits': { type: 'number', describe: 'bits of weights, 2 to 8 (16 in the reference model)' },
  'activation-bits': { type: 'number', describe: 'bits of activations, 4 to 8 (16 in the reference model)' },
  'end-bits': {
    type: 'number',
    describe:
      "bits of the activations at both ends of the network, the image and the head's logits, which lose most where all have few: 8 is usual [those of the rest]",
  },
  'activation-budget': {
    type: 'number',
    describe:
      'mean bits per stored activation: a search on calibration images, in minutes, gives the tensors that need it most up to 8 bits, and the rest keeps --activation-bits; e.g. --activation-bits 4 --activation-budget 4.5 [no search]',
  },
  profile: {
    type: 'string',
    describe:
      'arithmetic of the hardware: a name that `assay profiles` lists, or a file of JSON or TypeScript [assay, docs/profiles.md]',
    prepare: prepareProfile,
  },
  'table-bits': {
    type: 'number',
    whole: true,
    describe: 'index bits of the activation tables',
    default: 10,
  },
  observer: {
    choices: [...OBSERVERS, 'auto'] as const,
    default: 'mse' as const,
    describe: 'how to choose ranges from the calibration; auto tries all observers on each layer',
  },
  effort: {
    choices: EFFORTS,
    default: 'fast' as const,
    describe: 'fast takes seconds; best takes minutes, and weights of 4 bits stay accurate',
  },
  techniques: {
    type: 'string',
    parse: parseTechniques,
    describe: `none, or some of ${TECHNIQUES.join(',')} [the effort's]`,
  },
  overrides: {
    type: 'string',
    reads: true,
    describe: 'JSON file with weightBits, activationBits or observer for single layers',
  },
  config: { type: 'string', describe: 'JSON file of options, which the command line overrides' },
  scope: {
    choices: ['all', 'no-last'] as const,
    default: 'all' as const,
    describe: "quantise all, or leave the head's last convolutions and what follows them in float",
  },
  calibration: {
    alias: 'c',
    type: 'string',
    reads: true,
    describe: 'image or folder of images for the calibration of ranges',
  },
  'calibration-images': {
    type: 'number',
    whole: true,
    range: [1, 1e6],
    default: 32,
    describe: 'how many images of that folder to use',
  },
  names: { type: 'string', reads: true, describe: "JSON file that maps the checkpoint's names to your own" },
  image: { alias: 'i', type: 'string', reads: true, describe: 'image to run on (letterboxed)' },
  out: {
    alias: 'o',
    type: 'string',
    writes: 'folder',
    default: 'build',
    describe: 'folder for everything that Assay makes',
  },
  cache: {
    type: 'boolean',
    default: true,
    describe: 'reuse results of the same inputs (--no-cache runs everything)',
  },
  json: { type: 'boolean', default: false, describe: 'one JSON object on stdout and nothing else' },
  quiet: { alias: 'q', type: 'boolean', default: false, describe: 'no progress on stderr' },
} as const satisfies Declarations

/** Settings of q_NMS. */
export const Q_NMS_OPTIONS = {
  confidence: { type: 'number', range: [0, 1], default: 0.25, describe: 'score that a detection needs' },
  iou: { type: 'number', range: [0, 1], default: 0.7, describe: 'overlap above which q_NMS suppresses' },
  'multi-label': {
    type: 'boolean',
    default: false,
    describe: 'let every class of an anchor detect, not only its best',
  },
} as const satisfies Declarations

/** Options of commands that simulate. */
export const REPORT_OPTIONS = {
  report: {
    type: 'string',
    parse: parseReportKinds,
    describe: 'json, junit, github, html, codequality, sarif [json and junit; github in a workflow]',
  },
} as const satisfies Declarations

/** Options of what runs as shards. */
export const ARRAY_RUN_OPTIONS = {
  slurm: { type: 'boolean', default: false, describe: 'submit a Slurm job array, wait and join' },
  shards: {
    alias: 'n',
    type: 'number',
    whole: true,
    range: [1, 10_000],
    default: 4,
    describe: 'number of parts to split the layers into',
  },
  attempts: {
    type: 'number',
    whole: true,
    range: [1, 1000],
    default: 3,
    describe: 'how often to submit a shard that leaves no report',
  },
  sbatch: {
    type: 'string',
    array: true,
    default: [] as readonly string[],
    describe: 'further option of sbatch',
  },
} as const satisfies Declarations

/** How much runs side by side. */
export const JOBS_OPTION = {
  alias: 'j',
  type: 'number',
  whole: true,
  range: [1, 256],
} as const satisfies Declaration

/** The array of the engine, where ROMs are laid out for it or RTL is built. */
export const ARRAY_OPTION = {
  type: 'string',
  parse: parseArray,
  default: '16x16x4',
  describe: 'engine array PIxPOxPX',
} as const satisfies Declaration

/** The user's own module instead of an operator of Assay's detector. */
export const MODULE_OPTION = {
  type: 'string',
  reads: true,
  describe: 'assay.config.ts of your own module, which runs instead; --config takes it, too',
} as const satisfies Declaration

export const INCLUDE_OPTION = {
  alias: 'I',
  type: 'string',
  array: true,
  default: [] as readonly string[],
  describe: 'folder of included files and of modules that `sources` does not name (repeatable)',
} as const satisfies Declaration

/** The user's own tests. */
export const TESTS_OPTION = {
  alias: 't',
  type: 'string',
  array: true,
  default: [] as readonly string[],
  describe: "vitest file to run, or a part of its path (repeatable) [all of the project's]",
} as const satisfies Declaration

/** Where RTL is checked, and where data for that is frozen. */
export const STIMULUS_OPTION = {
  stimulus: {
    choices: STIMULUS_CHOICES,
    describe:
      "inputs to generate besides the image [the frozen set's; all if isolated under Verilator, otherwise image]",
  },
} as const satisfies Declarations

export type ModelArguments = Arguments<typeof MODEL_OPTIONS>

/** Titles of the help, and the options below each. */
export const MODEL_GROUPS = {
  'Input:': ['model', 'image', 'calibration', 'calibration-images', 'size', 'names', 'config'],
  'Quantisation:': QUANTISATION,
  'Output:': ['out', 'cache', 'json', 'quiet', 'help'],
} as const
