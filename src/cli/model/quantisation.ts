/** From the options of a command to those of the pipeline: how the model is quantised. */
import { ASSAY } from '../../arithmetic/built-in.ts'
import { type Profile, tableBitsOf } from '../../arithmetic/profile.ts'
import { readProfile } from '../../arithmetic/read-profile.ts'
import { InputError } from '../../input/input-error.ts'
import { readWholeTextNow } from '../../input/read-file.ts'
import { parseStrictJson } from '../../input/strict-json.ts'
import type { ModelOptions } from '../../pipeline/model/options.ts'
import { mostBits, widestBits } from '../../quantise/activation-bits.ts'
import { imageQuant } from '../../quantise/code-ranges.ts'
import { type Overrides, parseOverrides } from '../../quantise/overrides.ts'
import { type Technique, techniquesFor } from '../../quantise/techniques.ts'
import type { Size } from '../options/parse.ts'
import { MODEL_OPTIONS, type ModelArguments } from '../options/shared.ts'
import type { Inputs } from './inputs.ts'

type Bits = Pick<ModelOptions, 'weightBits' | 'activationBits' | 'endBits' | 'activationBudget'>

/** Of `--weight-bits` or `--activation-bits`; where that is not given, of `--bits`. */
function bitsOf(own: string, given: number | undefined, both: number | undefined, low: number): number {
  const [name, value] = given !== undefined || both === undefined ? [own, given ?? 8] : ['--bits', both]
  if (Number.isInteger(value) && ((value >= low && value <= 8) || value === 16)) return value
  throw new InputError(`expected ${low} to 8, or 16 in the reference model, got ${value}`, name)
}

type BitArguments = Pick<
  ModelArguments,
  'bits' | 'weightBits' | 'activationBits' | 'endBits' | 'activationBudget' | 'tableBits'
>

/** @throws InputError naming the option that is out of range. */
export function chooseBits(args: BitArguments): Bits {
  const { bits, weightBits, activationBits, endBits, activationBudget } = args
  const all = bitsOf('--activation-bits', activationBits, bits, 4)
  const ends = bitsOf('--end-bits', endBits, all, 4)
  return {
    weightBits: bitsOf('--weight-bits', weightBits, bits, 2),
    activationBits: all,
    // Ends like the rest are no ends of their own.
    ...(ends === all ? {} : { endBits: ends }),
    ...(activationBudget === undefined ? {} : { activationBudget: checkBudget(activationBudget, all, args) }),
  }
}

/** @param least A of the tensors that get no more */
function checkBudget(budget: number, least: number, { tableBits }: BitArguments): number {
  const most = mostBits({ tableBits })
  const where = '--activation-budget'
  if (least >= most)
    throw new InputError(
      `activations of ${least} bits are given no more: a search goes up to ${most}.`,
      where,
      'Give fewer bits with --activation-bits, e.g. --activation-bits 4 --activation-budget 4.5.',
    )
  if (budget >= least && budget <= most) return budget
  throw new InputError(`expected ${least} (--activation-bits) to ${most}, got ${budget}`, where)
}

/** `e8b5`: 8 bits of the image and the logits, and a budget of 5 for the mean; empty without both. */
export const moreBitsWord = ({ endBits, activationBudget }: Partial<Bits>): string =>
  `${endBits === undefined ? '' : `e${endBits}`}${activationBudget === undefined ? '' : `b${activationBudget}`}`

/** `w4a4`, or `w4a4e8` where the image and the logits have 8 bits. */
export const bitsWord = (bits: Bits): string =>
  `w${bits.weightBits}a${bits.activationBits}${moreBitsWord(bits)}`

/** All that is chosen of a model but its files and its size. */
export type Quantisation = Omit<ModelOptions, 'model' | 'calibration' | 'height' | 'width'>

/** The arguments that decide it. */
export type QuantisationArguments = Pick<
  ModelArguments,
  | 'bits'
  | 'weightBits'
  | 'activationBits'
  | 'endBits'
  | 'activationBudget'
  | 'profile'
  | 'tableBits'
  | 'techniques'
  | 'overrides'
  | 'observer'
  | 'scope'
  | 'effort'
>

/**
 * The options of quantisation, checked against each other. The file of `--overrides` is read each time: it may change between two runs of
 * `--watch`.
 *
 * @throws InputError naming the option that is out of range.
 */
export function chooseArithmetic(args: QuantisationArguments): Omit<Quantisation, 'calibrationImages'> {
  const bits = chooseBits(args)
  const { techniques } = args
  const profile = args.profile === undefined ? ASSAY : readProfile(args.profile)
  checkZeroPoints(bits, profile)
  const tableBits = chooseTableBits(args.tableBits, profile)
  const overrides = args.overrides === undefined ? {} : readOverrides(args.overrides)
  const widest = widestBits({ ...bits, tableBits, overrides }).activationBits
  if (widest <= 8 && (tableBits < widest || tableBits > 12))
    throw new InputError(`expected ${widest} to 12, got ${tableBits}`, '--table-bits')
  return {
    ...bits,
    // Absent where it is the usual one, which keeps its own name in caches and files.
    ...(profile === ASSAY ? {} : { profile }),
    // At 16 bits a table has an entry a code.
    tableBits: Math.max(tableBits, widest),
    observer: args.observer,
    scope: args.scope,
    effort: args.effort,
    techniques:
      techniques === undefined ? techniquesFor(profile, args.effort) : checkTechniques(profile, techniques),
    overrides,
  }
}

const USUAL_TABLE_BITS = MODEL_OPTIONS['table-bits'].default

/** P where nobody says another. */
export const usualTableBits = (profile: Profile): number => tableBitsOf(profile) ?? USUAL_TABLE_BITS

/** P of the option, or what the profile declares. */
function chooseTableBits(asked: number, profile: Profile): number {
  const usual = usualTableBits(profile)
  if (asked === usual || asked === USUAL_TABLE_BITS) return usual
  if (usual === USUAL_TABLE_BITS) return asked
  throw new InputError(
    `profile ${profile.name} has tables of ${usual} bits, got ${asked}`,
    '--table-bits',
    'Leave it out, or change the profile.',
  )
}

/** Before the calibration: a zero point of all tensors must be a code of each. */
function checkZeroPoints({ activationBits, endBits = activationBits }: Bits, profile: Profile): void {
  for (const bits of new Set([activationBits, endBits])) imageQuant(bits, profile)
}

function checkTechniques(profile: Profile, techniques: readonly Technique[]): readonly Technique[] {
  const allowed = techniquesFor(profile, 'best')
  const refused = techniques.find((technique) => !allowed.includes(technique))
  if (refused === undefined) return techniques
  throw new InputError(
    `${refused} chooses scales that profile ${profile.name} does not have`,
    '--techniques',
    `Its scales allow ${allowed.join(',')}.`,
  )
}

export const chooseQuantisation = (
  args: QuantisationArguments & Pick<ModelArguments, 'calibrationImages'>,
): Quantisation => ({ ...chooseArithmetic(args), calibrationImages: args.calibrationImages })

export const toModelOptions = (
  args: ModelArguments,
  { model, calibration }: Inputs,
  { height, width }: Size,
): ModelOptions => ({ model, calibration, height, width, ...chooseQuantisation(args) })

/** A path, or the JSON itself as a config file may hold it. */
function readOverrides(value: string): Overrides {
  const isInline = value.trimStart().startsWith('{')
  const where = isInline ? '--overrides' : value
  const text = isInline ? value : readWholeTextNow(value, 'Check the path that --overrides gives.')
  return parseOverrides(parseStrictJson(text, where), where)
}
