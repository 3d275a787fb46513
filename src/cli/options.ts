/** Options that several commands share, and how they become pipeline options. */
import { existsSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../input/input-error.ts'
import { readWholeTextNow } from '../input/read-file.ts'
import { parseStrictJson } from '../input/strict-json.ts'
import type { ModelOptions, WorkOptions } from '../pipeline/model/options.ts'
import { OBSERVERS } from '../quantise/observers.ts'
import { type Overrides, parseOverrides } from '../quantise/overrides.ts'
import { EFFORTS, TECHNIQUES, type Technique, techniquesOf } from '../quantise/techniques.ts'
import { STIMULUS_CHOICES } from '../stimulus/types.ts'
import type { Declarations } from './declaration.ts'
import type { Arguments } from './define-command.ts'

/** The project's own folder: where rtl/, sim/ and golden/ are, whether run from dist/ or from src/. */
export const HOME = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const DEFAULT = join(HOME, 'golden', 'default')

export const MODEL_OPTIONS = {
  model: {
    alias: 'm',
    type: 'string',
    reads: true,
    describe: 'YOLOv8 detection checkpoint (.pt) [the embedded default model]',
  },
  size: { type: 'string', describe: "network input, 640 or 480x640 (height x width) [the checkpoint's own]" },
  bits: { type: 'number', describe: 'bits of both weights and activations' },
  'weight-bits': { type: 'number', describe: 'bits of weights, 2 to 8 (16 in the reference model)' },
  'activation-bits': { type: 'number', describe: 'bits of activations, 4 to 8 (16 in the reference model)' },
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
    describe: `none, or some of ${TECHNIQUES.join(',')} [the effort's]`,
  },
  overrides: {
    type: 'string',
    reads: true,
    describe: 'JSON file with weightBits or observer for single layers',
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
  'Quantisation:': [
    ...['bits', 'weight-bits', 'activation-bits', 'table-bits', 'observer', 'effort', 'techniques'],
    ...['overrides', 'scope'],
  ],
  'Output:': ['out', 'cache', 'json', 'quiet', 'help'],
} as const

/** The inputs of a command. */
export interface Inputs {
  readonly model: string
  /** A folder stands for its first image. */
  readonly image: string
  readonly calibration: string
  /** True if the embedded default is used. */
  readonly embedded: boolean
}

/** The checkpoint alone: the embedded default where none is given. */
export const resolveModel = ({ model }: Pick<ModelArguments, 'model'>): Pick<Inputs, 'model' | 'embedded'> =>
  model === undefined ? { model: join(DEFAULT, 'shapes.pt'), embedded: true } : { model, embedded: false }

/** Fills in the embedded default; the user's own model needs the user's own image. */
export function resolveInputs(args: ModelArguments): Inputs {
  if (args.model === undefined) {
    return {
      ...resolveModel(args),
      image: args.image ?? join(DEFAULT, 'val', '000000.png'),
      calibration: args.calibration ?? join(DEFAULT, 'calib'),
    }
  }
  const calibration = args.calibration ?? args.image
  if (calibration === undefined) {
    if (!existsSync(args.model)) throw new InputError('no such file', args.model, 'Check the path.')
    throw new InputError(
      'your own model needs images to calibrate on',
      '--calibration',
      'Give a folder of typical images with --calibration, or one image with --image.',
    )
  }
  return { model: args.model, image: args.image ?? calibration, calibration, embedded: false }
}

export function parseSize(size: string | undefined): { height?: number; width?: number } {
  if (size === undefined) return {}
  const match = /^(\d+)(?:x(\d+))?$/.exec(size)
  if (match === null) throw new InputError(`expected 640 or 480x640 (height x width), got ${size}`, '--size')
  const height = Number(match[1])
  const width = match[2] === undefined ? height : Number(match[2])
  for (const side of [height, width])
    if (side < 32 || side % 32 !== 0 || side > 4096)
      throw new InputError(`each side must be a multiple of 32 from 32 to 4096, got ${size}`, '--size')
  return { height, width }
}

/** Of `--weight-bits` or `--activation-bits`; where that is not given, of `--bits`. */
function bitsOf(own: string, given: number | undefined, both: number | undefined, low: number): number {
  const [name, value] = given !== undefined || both === undefined ? [own, given ?? 8] : ['--bits', both]
  if (Number.isInteger(value) && ((value >= low && value <= 8) || value === 16)) return value
  throw new InputError(`expected ${low} to 8, or 16 in the reference model, got ${value}`, name)
}

type BitArguments = Pick<ModelArguments, 'bits' | 'weightBits' | 'activationBits'>

/** @throws InputError naming the option that is out of range. */
export const chooseBits = ({ bits, weightBits, activationBits }: BitArguments) => ({
  weightBits: bitsOf('--weight-bits', weightBits, bits, 2),
  activationBits: bitsOf('--activation-bits', activationBits, bits, 4),
})

/** @throws InputError naming the option that is out of range. */
export function toModelOptions(args: ModelArguments, inputs: Inputs, size: [number, number]): ModelOptions {
  const { weightBits, activationBits } = chooseBits(args)
  const tableBits = args.tableBits
  const largest = activationBits > 8 ? 16 : 12
  if (!Number.isInteger(tableBits) || tableBits < activationBits || tableBits > largest)
    if (activationBits <= 8)
      throw new InputError(`expected ${activationBits} to ${largest}, got ${tableBits}`, '--table-bits')
  return {
    model: inputs.model,
    calibration: inputs.calibration,
    calibrationImages: args.calibrationImages,
    height: size[0],
    width: size[1],
    weightBits,
    activationBits,
    tableBits: Math.max(tableBits, activationBits),
    observer: args.observer,
    scope: args.scope,
    effort: args.effort,
    techniques: chooseTechniques(args),
    overrides: args.overrides === undefined ? {} : readOverrides(args.overrides),
  }
}

/** In the order in which they work, whatever the order asked for: the same set is the same model. */
function chooseTechniques({ techniques, effort }: ModelArguments): readonly Technique[] {
  if (techniques === undefined) return techniquesOf(effort)
  if (techniques === 'none') return []
  const asked = techniques.split(',').map((name) => name.trim())
  const unknown = asked.find((name) => !TECHNIQUES.some((technique) => technique === name))
  if (unknown !== undefined)
    throw new InputError(`expected none or some of ${TECHNIQUES.join(',')}, got ${unknown}`, '--techniques')
  return TECHNIQUES.filter((technique) => asked.includes(technique))
}

/** A path, or the JSON itself as a config file may hold it. */
function readOverrides(value: string): Overrides {
  const isInline = value.trimStart().startsWith('{')
  const where = isInline ? '--overrides' : value
  const text = isInline ? value : readWholeTextNow(value, 'Check the path that --overrides gives.')
  return parseOverrides(parseStrictJson(text, where), where)
}

export const toWorkOptions = (args: ModelArguments): WorkOptions => ({ out: args.out, cache: args.cache })

/** `build/<model>-w8a8`: where a command's results go. */
export function runFolder(
  options: Pick<ModelOptions, 'model' | 'weightBits' | 'activationBits'>,
  work: Pick<WorkOptions, 'out'>,
): string {
  const stem = basename(options.model, extname(options.model))
  return join(work.out, `${stem}-w${options.weightBits}a${options.activationBits}`)
}

/** Fails early and by name where the embedded default is not there. */
export function checkEmbedded(inputs: Pick<Inputs, 'model' | 'embedded'>): void {
  if (inputs.embedded && !existsSync(inputs.model))
    throw new InputError(
      'the embedded default model is missing',
      inputs.model,
      'Check out the repository again.',
    )
}
