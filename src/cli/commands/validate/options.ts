/** Options of `assay validate`, and their checks. */
import { InputError } from '../../../input/input-error.ts'
import { parseShard } from '../../../pipeline/bench/shard.ts'
import { parseSweep } from '../../../pipeline/validate/sweep-choice.ts'
import { STAGES, type Stage } from '../../../result/accuracy.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import { parseWords } from '../../options/parse.ts'
import { ARRAY_OPTION, JOBS_OPTION, MODEL_OPTIONS } from '../../options/shared.ts'

/** @throws InputError naming what is no stage. */
export const parseStages = (text: string): readonly Stage[] =>
  parseWords(text).map((name) => {
    const stage = STAGES.find((known) => known === name)
    if (stage === undefined)
      throw new InputError(`expected stages of ${STAGES.join(', ')}, got "${name}"`, '--stages')
    return stage
  })

export const DATA_OPTIONS = {
  data: {
    alias: 'd',
    type: 'string',
    reads: true,
    describe: "COCO instances.json, YOLO data.yaml or Pascal VOC folder [the embedded model's own]",
  },
  images: { type: 'string', reads: true, describe: 'folder of the pictures of a COCO file' },
  split: { type: 'string', describe: 'split of a YOLO (default val) or Pascal VOC set' },
  limit: {
    type: 'number',
    whole: true,
    range: [1, 1e9],
    describe: 'how many images to use, evenly spread (all by default)',
  },
  shard: {
    type: 'string',
    parse: parseShard,
    describe: 'i/n: run this part of the images; a run over all images then finds them finished',
  },
} as const satisfies Declarations

export const MEASURE_OPTIONS = {
  stages: {
    alias: 's',
    type: 'string',
    parse: parseStages,
    describe: `some of ${STAGES.join(', ')}; float is the fused network [all; rtl only for the embedded model]`,
  },
  confidence: { type: 'number', range: [0, 1], default: 0.001, describe: 'score that a detection needs' },
  iou: { type: 'number', range: [0, 1], default: 0.7, describe: 'overlap above which a box is suppressed' },
  'max-detections': {
    type: 'number',
    whole: true,
    range: [1, 65535],
    default: 300,
    describe: 'most boxes of an image',
  },
  'multi-label': {
    type: 'boolean',
    default: true,
    describe: 'let every class of an anchor detect, not only its best',
  },
  capacity: {
    type: 'number',
    whole: true,
    range: [1, 65535],
    default: 4096,
    describe: 'candidates that q_NMS holds (K of A-10)',
  },
  matched: { type: 'number', range: [0, 1], default: 0.25, describe: 'confidence of the second table' },
  array: { ...ARRAY_OPTION, describe: 'engine array PIxPOxPX of the RTL' },
  rtl: {
    type: 'string',
    reads: true,
    describe: "folder of RTL sources with a list rtl.f, instead of Assay's",
  },
  replicates: {
    type: 'number',
    whole: true,
    range: [1, 1e6],
    default: 1000,
    describe: 'resamples of the bootstrap',
  },
  seed: {
    type: 'number',
    whole: true,
    range: [0, 2 ** 32 - 1],
    default: 1,
    describe: 'seed of the bootstrap',
  },
  jobs: { ...JOBS_OPTION, describe: 'worker processes (by default one per core)' },
  classes: { type: 'boolean', default: false, describe: 'print the table by class' },
  'save-detections': {
    type: 'boolean',
    default: false,
    describe: 'write the boxes of each stage as COCO results, and the annotations beside them',
  },
  pictures: {
    type: 'string',
    parse: parseWords,
    describe: 'draw images: how many, or their ids separated by commas',
  },
} as const satisfies Declarations

export const ANALYSIS_OPTIONS = {
  snr: {
    type: 'boolean',
    default: false,
    describe: 'signal-to-noise ratio of every layer, chained and isolated',
  },
  blame: {
    choices: ['noise', 'map'] as const,
    describe: 'cost of quantising each layer alone, and gain of computing it in float, in noise or mAP',
  },
  sweep: {
    type: 'string',
    parse: parseSweep,
    describe: 'accuracy against size: bits=4..8, weight-bits=4,6,8, activation-bits=…',
  },
  'analysis-images': {
    type: 'number',
    whole: true,
    range: [1, 1000],
    default: 4,
    describe: 'images for --snr and --blame',
  },
} as const satisfies Declarations

export const VALIDATE_OPTIONS = {
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...MEASURE_OPTIONS,
  ...ANALYSIS_OPTIONS,
} as const
export type ValidateArguments = Arguments<typeof VALIDATE_OPTIONS>

/** The stages that run: all where none are named, the RTL only on the embedded model. */
export const chooseStages = ({
  stages,
  model,
}: Pick<ValidateArguments, 'stages' | 'model'>): readonly Stage[] =>
  stages ?? ['float', 'unfused', 'quantised', 'full', ...(model === undefined ? (['rtl'] as const) : [])]
