/**
 * The arguments of a command, from the command line and a config file: each value is checked and parsed as its declaration says, and then
 * the run must honour them all. Nothing else reads what yargs parsed.
 */
import { InputError } from '../../input/input-error.ts'
import { isModulePath } from '../../input/path-name.ts'
import { refuseUnhonoured } from '../honoured/refuse-unhonoured.ts'
import { checkValue, defaultValues, toArguments } from './check-value.ts'
import { readConfig } from './config-file.ts'
import { type Arguments, type Declarations, refuseUnknown, spellings } from './declaration.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * @param words the command line itself: what stands behind a `=` of a boolean is nowhere else.
 * @param passesOn what stands after a lone `--` is another command's.
 * @throws InputError naming the option that is unknown, wrong or not honoured.
 */
export function readArguments<Declared extends Declarations>(
  command: string,
  declarations: Declared,
  parsed: Values,
  words: readonly string[],
  passesOn = false,
): Arguments<Declared> {
  const { _: stray = [], $0: _program, help: _help, h: _h, version: _version, ...own } = parsed
  const names = spellings(declarations)
  // yargs has an empty list for arguments that were not given.
  const isGiven = ([key, value]: readonly [string, unknown]): boolean =>
    value !== undefined && !(Array.isArray(value) && value.length === 0 && declarations[key]?.array === true)
  const set = Object.entries(own).filter(isGiven)
  refuseUnknown(
    set.map(([key]) => key),
    declarations,
    `assay ${command}`,
  )
  refuseStray(command, (stray as readonly unknown[]).slice(1), passesOn ? wordsPassedOn(words).length : 0)
  refuseFlagValues(declarations, words)
  refuseRepeatedFlags(declarations, words)
  const line = nameModule(
    declarations,
    Object.fromEntries(set.map(([key, value]) => [names.get(key)!, value])),
  )
  const file = line.config === undefined ? {} : readConfig(line.config as string, declarations)
  // What the command line overrides in the file is checked all the same.
  const check = (values: Values) =>
    Object.entries(values).map(([key, value]) => [key, checkValue(key, declarations[key]!, value)] as const)
  const inFile = line.config === undefined ? [] : nameFile(line.config as string, () => check(file))
  const given = Object.fromEntries([...inFile, ...check(line)])
  const values = { ...defaultValues(declarations), ...given }
  refuseUnhonoured(command, values, Object.keys(given))
  return toArguments<Declared>(values)
}

/** What is wrong with an option of a file is said of the file's key. */
function nameFile<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw error instanceof InputError ? ofFile(error, path) : error
  }
}

const ofFile = (error: InputError, path: string): InputError =>
  new InputError(error.message.replace(/^--/, ''), path, '', { cause: error })

/** An error of a command that is under way: an option that it names is the file's key where the file gives it. */
export function nameOrigin(
  error: unknown,
  declarations: Declarations,
  parsed: Values,
  config: unknown,
): unknown {
  const option = error instanceof InputError ? /^--([\w-]+)/.exec(error.where)?.[1] : undefined
  if (option === undefined || typeof config !== 'string' || parsed[option] !== undefined) return error
  const isOfFile = Object.hasOwn(readConfig(config, declarations), option)
  return isOfFile ? ofFile(error as InputError, config) : error
}

/** `--config own.config.ts` is an older spelling of `--module own.config.ts`: the ending tells it from a file of options. */
function nameModule(declarations: Declarations, line: Values): Values {
  if (line.config === undefined) return line
  const config = checkValue('config', declarations.config!, line.config) as string
  if (!isModulePath(config)) return { ...line, config }
  if (declarations.module === undefined)
    throw new InputError(
      `${config} describes your own module, which this command does not run`,
      '--config',
      'assay sim and assay selftest take it as --module; --config is a JSON file of options.',
    )
  if (line.module !== undefined)
    throw new InputError(
      `${config} describes a module, and --module names one too`,
      '--config',
      'Leave one of them out; --config is a JSON file of options.',
    )
  const { config: _config, ...others } = line
  return { ...others, module: config }
}

/** What stands after a lone `--`. */
export function wordsPassedOn(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--')
  return at < 0 ? [] : words.slice(at + 1)
}

function refuseStray(command: string, stray: readonly unknown[], allowed: number): void {
  if (stray.length > allowed)
    throw new InputError(
      `${stray.join(' ')} is no option`,
      `assay ${command}`,
      stray.some((word) => /\.pt$/.test(String(word)))
        ? 'A checkpoint is named with --model.'
        : '`--help` lists all options.',
    )
}

/** yargs takes the last of `--cache --no-cache`; texts and numbers that are given twice become lists, which `checkValue` refuses. */
function refuseRepeatedFlags(declarations: Declarations, words: readonly string[]): void {
  const names = spellings(declarations)
  const isFlag = (name: string | undefined): boolean =>
    name !== undefined && declarations[name]!.type === 'boolean'
  const given = new Set<string>()
  const own = words.slice(0, words.length - wordsPassedOn(words).length)
  for (const word of own) {
    const [, long, letters = ''] = /^--(?:no-)?([^=]+)|^-([A-Za-z]+)/.exec(word) ?? []
    const whole = long ?? (names.has(letters) ? letters : undefined)
    const spelled =
      whole === undefined ? leadingFlags(letters, (letter) => isFlag(names.get(letter))) : [whole]
    for (const name of spelled.map((each) => names.get(each)).filter(isFlag)) {
      if (given.has(name!)) throw new InputError('was given more than once', `--${name}`, 'Give it once.')
      given.add(name!)
    }
  }
}

/** `-qi picture.png`: the letters up to the first that takes a value. */
function leadingFlags(letters: string, isFlag: (letter: string) => boolean): readonly string[] {
  const all = [...letters]
  const end = all.findIndex((letter) => !isFlag(letter))
  return end < 0 ? all : all.slice(0, end)
}

/** `--quiet=maybe`: yargs makes false of whatever is not true. */
function refuseFlagValues(declarations: Declarations, words: readonly string[]): void {
  const names = spellings(declarations)
  for (const word of words.slice(0, words.length - wordsPassedOn(words).length)) {
    const match = /^--?(?:no-)?([^=]+)=(.*)$/s.exec(word)
    const name = names.get(match?.[1] ?? '')
    if (name === undefined || declarations[name]!.type !== 'boolean') continue
    if (word.startsWith('--no-') || !/^(true|false)$/.test(match![2]!))
      checkValue(name, declarations[name]!, match![2])
  }
}
