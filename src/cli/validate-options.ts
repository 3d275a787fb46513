/** Options of `assay validate`, and their checks. */
import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { InputError } from '../checkpoint/input-error.ts'
import { STAGES, type Stage } from '../report/accuracy.ts'
import type { MODEL_OPTIONS } from './options.ts'

export const DATA_OPTIONS = {
  data: {
    alias: 'd',
    type: 'string',
    describe: 'COCO instances.json, YOLO data.yaml or Pascal VOC folder; with the embedded model its own',
  },
  images: { type: 'string', describe: 'folder of the pictures of a COCO file' },
  split: { type: 'string', describe: 'split of a YOLO (default val) or Pascal VOC set' },
  limit: { type: 'number', describe: 'images used, evenly spread (all by default)' },
  shard: {
    type: 'string',
    describe: 'i/n: this part of the images; a run over all then finds them finished',
  },
} as const satisfies Record<string, Options>

export const MEASURE_OPTIONS = {
  stages: {
    alias: 's',
    type: 'string',
    describe: `of ${STAGES.join(', ')}; float is the fused network [all; rtl only for the embedded model]`,
  },
  confidence: { type: 'number', default: 0.001, describe: 'score that a detection needs' },
  iou: { type: 'number', default: 0.7, describe: 'overlap above which a box is suppressed' },
  'max-detections': { type: 'number', default: 300, describe: 'boxes of an image at most' },
  'multi-label': {
    type: 'boolean',
    default: true,
    describe: 'every class of an anchor may detect, not only its best',
  },
  capacity: { type: 'number', default: 1024, describe: 'candidates that q_NMS holds (K of A-10)' },
  matched: { type: 'number', default: 0.25, describe: 'confidence of the second table' },
  array: { type: 'string', describe: 'engine array PIxPOxPX of the RTL', default: '16x16x4' },
  replicates: { type: 'number', default: 1000, describe: 'resamples of the bootstrap' },
  seed: { type: 'number', default: 1, describe: 'seed of the bootstrap' },
  jobs: { alias: 'j', type: 'number', describe: 'worker processes (one a core by default)' },
  classes: { type: 'boolean', default: false, describe: 'print the table by class' },
  pictures: { type: 'string', describe: 'draw images: a number of them, or ids with commas' },
} as const satisfies Record<string, Options>

export const ANALYSIS_OPTIONS = {
  snr: { type: 'boolean', default: false, describe: "every layer's signal to noise, chained and isolated" },
  blame: {
    choices: ['noise', 'map'] as const,
    describe: 'cost of each layer quantised alone, and of all but it, in noise or mAP',
  },
  sweep: {
    type: 'string',
    describe: 'accuracy against size: bits=4..8, weight-bits=4,6,8, activation-bits=…',
  },
  'analysis-images': { type: 'number', default: 4, describe: 'images for --snr and --blame' },
} as const satisfies Record<string, Options>

export const VALIDATE_OPTIONS = { ...DATA_OPTIONS, ...MEASURE_OPTIONS, ...ANALYSIS_OPTIONS }
export type ValidateArguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof MODEL_OPTIONS & typeof VALIDATE_OPTIONS>
>

/** @throws InputError naming what is no stage. */
export function parseStages(text: string | undefined, embedded: boolean): readonly Stage[] {
  if (text === undefined) {
    const all: readonly Stage[] = ['float', 'unfused', 'quantised', 'full']
    return embedded ? [...all, 'rtl'] : all
  }
  const names = text.split(',').map((name) => name.trim())
  return names.map((name) => {
    const stage = STAGES.find((known) => known === name)
    if (stage === undefined)
      throw new InputError(`expected stages of ${STAGES.join(', ')}, got "${name}"`, '--stages')
    return stage
  })
}

/** @throws InputError naming the option that is out of range. */
export function checkNumbers(args: ValidateArguments): void {
  const check = (
    name: string,
    value: number | undefined,
    low: number,
    high: number,
    whole: boolean,
  ): void => {
    if (value === undefined || (value >= low && value <= high && (!whole || Number.isInteger(value)))) return
    throw new InputError(
      `expected ${whole ? 'a whole number' : 'a number'} from ${low} to ${high}, got ${value}`,
      name,
    )
  }
  check('--confidence', args.confidence, 0, 1, false)
  check('--matched', args.matched, 0, 1, false)
  check('--iou', args.iou, 0, 1, false)
  check('--max-detections', args.maxDetections, 1, 65535, true)
  check('--capacity', args.capacity, 1, 65535, true)
  check('--replicates', args.replicates, 1, 1e6, true)
  check('--seed', args.seed, 0, 2 ** 32 - 1, true)
  check('--jobs', args.jobs, 1, 256, true)
  check('--limit', args.limit, 1, 1e9, true)
  check('--analysis-images', args.analysisImages, 1, 1000, true)
}
