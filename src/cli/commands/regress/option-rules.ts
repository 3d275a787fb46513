/** The options of `assay sim` as a plan may give them: the same declarations, checks and honoured table as on a command line. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { isPictureName } from '../../../image/formats.ts'
import { InputError } from '../../../input/input-error.ts'
import { isModulePath } from '../../../input/path-name.ts'
import { pathWithin } from '../../../input/path-within.ts'
import type { parseSeeds } from '../../../pipeline/sim/seeds.ts'
import { widestBits } from '../../../quantise/activation-bits.ts'
import type { OptionRules, OptionValue, OptionValues } from '../../../regress/option-rules.ts'
import { checkEngine, DEFAULT_ENGINE, type EngineParameters } from '../../../rom/parameters.ts'
import { listUnhonoured } from '../../honoured/refuse-unhonoured.ts'
import { resolveInputs } from '../../model/inputs.ts'
import { checkLayerNames } from '../../model/layers.ts'
import { bitsWord, chooseBits, chooseQuantisation, type Quantisation } from '../../model/quantisation.ts'
import { checkValue, defaultValues, toArguments } from '../../options/check-value.ts'
import { type Declaration, type Declarations, refuseUnknown, spellings } from '../../options/declaration.ts'
import { OPTIONS, type SimArguments } from '../sim/options.ts'
import type { FileKind } from './file-heads.ts'

/** Options that a night sets itself, or that would hide what its entries are. */
const OWN: Readonly<Record<string, string>> = {
  ...{ out: 'Give it to assay regress: --out.', json: '', quiet: '', report: '', watch: '', prepare: '' },
  ...{ jobs: 'Give it to assay regress: --jobs.', shard: 'Share the plan out: assay regress --shard.' },
  'result-folder': 'Give it to assay regress: --folder.',
  config: 'Write its options into the plan.',
}

/** Options that a plan may give. */
export const PLAN_OPTIONS: Declarations = Object.fromEntries(
  Object.entries<Declaration>(OPTIONS).filter(([name, { hidden }]) => hidden !== true && !(name in OWN)),
)

/** What is known of files before any runs. */
export interface KnownFiles {
  /** Names of layers by path of the checkpoint; one that cannot be read has none. */
  readonly layers: ReadonlyMap<string, readonly string[]>
  /** Hears of each checkpoint of which an entry names layers, with a size of its input. */
  readonly ask: (model: string, size: SimArguments['size']) => void
  /** What is wrong with a file, by its path. */
  readonly faults: ReadonlyMap<string, string>
  /** Hears of each file that has to be something. */
  readonly askFile: (path: string, kind: FileKind) => void
}

const NOTHING_KNOWN: KnownFiles = { layers: new Map(), ask: () => {}, faults: new Map(), askFile: () => {} }

/** @param folder in which relative paths of the plan begin. */
export function makeRules(
  folder: string,
  { layers, ask, faults, askFile }: KnownFiles = NOTHING_KNOWN,
): OptionRules {
  const names = spellings(PLAN_OPTIONS)
  const defaults = defaultValues(OPTIONS)
  const known = new Map<string, readonly OptionValue[]>()
  const argumentsOf = (values: OptionValues): Readonly<Record<string, unknown>> => ({
    ...defaults,
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, checkValue(name, PLAN_OPTIONS[name]!, value)]),
    ),
  })
  return {
    nameOf: (key) => {
      if (Object.hasOwn(OWN, key) && key !== 'seeds')
        throw new InputError(`a night sets ${key} itself`, `--${key}`, OWN[key] || 'Leave it out.')
      refuseUnknown([key], PLAN_OPTIONS, key)
      return names.get(key)!
    },
    read: (name, value) => {
      const key = JSON.stringify([name, value])
      const found = known.get(key)
      if (found !== undefined) return found
      const values = readValues(name, value, folder)
      if (name === 'image' || name === 'model')
        for (const path of values.map(String)) {
          askFile(path, name)
          const fault = faults.get(path)
          if (fault !== undefined) throw new InputError(fault, `--${name}`)
        }
      known.set(key, values)
      return values
    },
    readSeeds: (value) => checkValue('seeds', OPTIONS.seeds, value) as ReturnType<typeof parseSeeds>,
    unhonoured: (values, hasSeeds) =>
      listUnhonoured('sim', { ...argumentsOf(values), ...(hasSeeds && { seeds: [1] }) }, [
        ...Object.keys(values),
        ...(hasSeeds ? ['seeds'] : []),
      ]).map(({ name, kind }) => ({ name, why: `not honoured by ${kind.what}` })),
    check: (values) => {
      const args = toArguments<typeof OPTIONS>(argumentsOf(values)) as SimArguments
      if (args.module === undefined) checkArray(args)
      if (args.frozen !== undefined) return
      // A profile in TypeScript is checked where the entry loads it.
      const isCode = args.profile !== undefined && isModulePath(args.profile)
      const quantisation = chooseQuantisation(isCode ? { ...args, profile: undefined } : args)
      if (args.module === undefined) checkBits(args, quantisation)
      const { model } = resolveInputs(args)
      if (args.layers === undefined) return
      ask(model, args.size)
      const names = layers.get(model)
      if (names !== undefined) checkLayerNames(names, args.layers)
    },
    describe: (values) => {
      const args = toArguments<typeof OPTIONS>(argumentsOf(values)) as SimArguments
      const mode = args.module === undefined ? (args.mode ?? 'isolated') : 'module'
      if (args.frozen !== undefined) return { model: args.frozen, image: null, bits: null, mode }
      const { model, image, embedded } = resolveInputs(args)
      const bits = bitsWord(chooseBits(args))
      // Where the embedded images lie depends on the machine.
      const isOwn = !embedded || args.image !== undefined
      return { model: embedded ? basename(model) : model, image: isOwn ? image : basename(image), bits, mode }
    },
  }
}

const engineOf = ({ array }: SimArguments): EngineParameters => ({ ...DEFAULT_ENGINE, ...array })

function checkArray(args: SimArguments): void {
  naming('--array', () => checkEngine(engineOf(args)))
}

/** What the reference model takes, and the RTL does not. */
function checkBits(args: SimArguments, quantisation: Quantisation): void {
  const given = [
    ['--weight-bits', args.weightBits],
    ['--activation-bits', args.activationBits],
    ['--end-bits', args.endBits],
    ['--bits', args.bits],
  ] as const
  const [option] = given.find(([, bits = 8]) => bits > 8) ?? ['--overrides']
  const { tableBits } = quantisation
  naming(option, () => checkEngine({ ...engineOf(args), ...widestBits(quantisation), tableBits }))
}

/** An error of the engine becomes one of the option that asks for it. */
function naming(option: string, look: () => void): void {
  try {
    look()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(error.message.slice(error.where.length + 2), option, '', { cause: error })
  }
}

function readValues(name: string, value: unknown, folder: string): readonly OptionValue[] {
  const declaration = PLAN_OPTIONS[name]!
  const option = `--${name}`
  if (name === 'overrides' && typeof value === 'object') return [JSON.stringify(value)]
  const checked = checkValue(name, declaration, value)
  if (declaration.type === 'boolean') return [checked as boolean]
  if (declaration.type === 'number' || value === false) return [checked as number | false]
  const text = String(value)
  // Which layers, not in which order: one set has one text.
  if (name === 'layers') return [[...new Set(text.split(',').map((part) => part.trim()))].sort().join(',')]
  if (declaration.reads !== true || text.trimStart().startsWith('{')) return [text]
  const paths = name === 'image' ? listPictures(resolve(folder, text), option) : [resolve(folder, text)]
  for (const path of paths) requirePath(path, option, CONTENT[name])
  return paths.map(shownPath)
}

/** As a person would write it: below the working folder without what is above it. */
const shownPath = (path: string): string => pathWithin(process.cwd(), path) ?? path

/** What a folder has to hold, so that it is the one that is meant. */
const CONTENT: Readonly<Record<string, string>> = { rtl: 'rtl.f', frozen: 'frozen.json' }

function requirePath(path: string, option: string, content = ''): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new InputError(
      `${shownPath(path)}: no such ${content === '' ? 'file' : 'folder'}`,
      option,
      'Paths are relative to the plan.',
    )
  if (statSync(join(path, content), { throwIfNoEntry: false }) === undefined)
    throw new InputError(`${shownPath(path)} holds no ${content}`, option, 'Name the folder that does.')
}

/** A picture, all of a folder, or all whose names match a pattern with `*` and `?`. */
function listPictures(path: string, option: string): readonly string[] {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info?.isFile() === true) return [path]
  const found = info?.isDirectory() === true ? listNames(path, () => true) : matchPattern(path)
  if (found.length > 0) return found
  const what = /[*?]/.test(path)
    ? 'no picture has such a name'
    : info === undefined
      ? 'no such file'
      : 'no picture is in this folder'
  throw new InputError(`${shownPath(path)}: ${what}`, option, 'Paths are relative to the plan.')
}

const listNames = (folder: string, isWanted: (name: string) => boolean): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && isPictureName(entry.name) && isWanted(entry.name))
    .map(({ name }) => join(folder, name))
    .sort()

/** Of a pattern: each multiplies the ways in which a long name may be read. */
const MOST_STARS = 5

/** `images/*.png`: folders above the last part have no pattern of their own. */
function matchPattern(path: string): readonly string[] {
  const [folder, name] = [dirname(path), basename(path)]
  if (
    !/[*?]/.test(name) ||
    name.split('*').length > MOST_STARS ||
    statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true
  )
    return []
  const pattern = name
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replaceAll(/[\\^$+.()|[\]{}]/g, '\\$&')))
  const isMatch = new RegExp(`^${pattern.join('')}$`, 's')
  return listNames(folder, (own) => isMatch.test(own))
}
