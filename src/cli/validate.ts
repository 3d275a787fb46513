/** `assay validate`: COCO accuracy from the float network to the RTL. */
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from 'yargs'
import { InputError } from '../checkpoint/input-error.ts'
import { STAGES, type Stage } from '../report/accuracy.ts'
import type { Dataset } from '../validate/dataset.ts'
import { printResult, progressFor } from './command.ts'
import { EXIT } from './errors.ts'
import { HOME, type MODEL_OPTIONS, withModelOptions } from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import { painter } from './terminal-progress.ts'

const DATA_OPTIONS = {
  data: {
    alias: 'd',
    type: 'string',
    describe: 'COCO instances.json, YOLO data.yaml or Pascal VOC folder; with the embedded model its own',
  },
  images: { type: 'string', describe: 'folder of the pictures of a COCO file' },
  split: { type: 'string', describe: 'split of a YOLO (default val) or Pascal VOC set' },
  limit: { type: 'number', describe: 'images used, evenly spread (all by default)' },
} as const satisfies Record<string, Options>

const MEASURE_OPTIONS = {
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

const VALIDATE_OPTIONS = { ...DATA_OPTIONS, ...MEASURE_OPTIONS }
export type ValidateArguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof MODEL_OPTIONS & typeof VALIDATE_OPTIONS>
>

export const validateCommand: CommandModule<unknown, ValidateArguments> = {
  command: 'validate',
  describe: 'measure COCO accuracy at every stage, from float to RTL',
  builder: ((parser: Argv) =>
    withModelOptions(parser)
      .options(VALIDATE_OPTIONS)
      .group(Object.keys(DATA_OPTIONS), 'Data:')
      .group(Object.keys(MEASURE_OPTIONS), 'Measurement:')
      .example('$0 validate', 'the embedded model on its own images, down to the RTL')
      .example(
        '$0 validate -m yolov8n.pt -c calib/ -d instances.json --images val2017/ -s float,full,rtl',
        'your checkpoint',
      )) as never,
  handler: runValidate,
}

async function runValidate(args: ValidateArguments): Promise<void> {
  const progress = progressFor(args)
  checkNumbers(args)
  const stages = parseStages(args.stages, args.model === undefined)
  const data = resolveData(args)
  const prepared = await prepareFromArguments(args, progress)
  const { validate } = await import('../pipeline/validation.ts')
  const { chooseEngine } = await import('../pipeline/engine-choice.ts')
  const { renderAccuracy, renderClasses } = await import('../report/accuracy-terminal.ts')
  const dataset = await readData(args, data, prepared.model.graph.head.classes)
  const choice = { iou: args.iou, maxDetections: args.maxDetections }
  const engine = chooseEngine(prepared.options, args.array)
  const result = await validate(
    {
      stages,
      dataset,
      model: prepared.model,
      prepared: prepared.prepared,
      modelName: basename(prepared.inputs.model),
      dataName: data,
      engine: { ...engine, capacity: args.capacity, maxDetections: args.maxDetections },
      choices: [
        { ...choice, confidence: args.confidence, multiLabel: args.multiLabel },
        { ...choice, confidence: args.matched, multiLabel: false },
      ],
      folder: prepared.folder,
      cacheDir: join(prepared.work.out, 'cache'),
      cache: prepared.work.cache,
      jobs: args.jobs ?? availableParallelism(),
      replicates: args.replicates,
      seed: args.seed,
      pictures: choosePictures(dataset, args.pictures),
    },
    progress,
  )
  const paint = painter(process.stdout)
  printResult(args, result, () =>
    [renderAccuracy(result, paint), ...(args.classes ? ['', renderClasses(result)] : [])].join('\n'),
  )
  process.exitCode = result.verdict === 'mismatch' ? EXIT.mismatch : EXIT.done
}

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
function checkNumbers(args: ValidateArguments): void {
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
}

function resolveData(args: ValidateArguments): string {
  if (args.data !== undefined) return args.data
  if (args.model === undefined) return join(HOME, 'golden', 'default', 'val', 'instances.json')
  throw new InputError(
    'a model of your own needs annotated images',
    '--data',
    'Give a COCO instances.json (and --images), a YOLO data.yaml or a Pascal VOC folder.',
  )
}

async function readData(
  args: ValidateArguments,
  path: string,
  modelClasses: readonly string[],
): Promise<Dataset> {
  const { loadDataset } = await import('../validate/load-dataset.ts')
  const { alignClasses } = await import('../validate/align-classes.ts')
  const { spread } = await import('../pipeline/prepare.ts')
  const loaded = await loadDataset(path, {
    ...(args.images === undefined ? {} : { imageFolder: args.images }),
    ...(args.split === undefined ? {} : { split: args.split }),
  })
  const dataset = alignClasses(loaded, modelClasses, path)
  if (args.limit === undefined) return dataset
  const images = spread(dataset.images, args.limit)
  const kept = new Set(images.map(({ id }) => id))
  return { ...dataset, images, annotations: dataset.annotations.filter(({ imageId }) => kept.has(imageId)) }
}

/** Indices of images: the first n of an even spread, or those with the given ids or file names. */
export function choosePictures(dataset: Dataset, text: string | undefined): readonly number[] {
  if (text === undefined) return []
  const indexOf = (name: string): number =>
    dataset.images.findIndex(({ id, fileName }) => String(id) === name || basename(fileName) === name)
  const names = text.split(',').map((name) => name.trim())
  const count = Number(names[0])
  if (names.length === 1 && Number.isInteger(count) && count > 0 && count <= 100 && indexOf(names[0]!) < 0) {
    const total = dataset.images.length
    const drawn = Math.min(count, total)
    return Array.from({ length: drawn }, (_, i) => Math.floor((i * total) / drawn))
  }
  return names.map((name) => {
    const index = indexOf(name)
    if (index >= 0) return index
    const known = dataset.images.slice(0, 3).map(({ id }) => id)
    throw new InputError(
      `no image ${name}`,
      '--pictures',
      `There is ${known.join(', ')} …; or give a number.`,
    )
  })
}
