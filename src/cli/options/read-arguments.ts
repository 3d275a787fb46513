/**
 * The arguments of a command, from the command line and a config file: each value is checked and parsed as its declaration says, and then
 * the run must honour them all.
 */
import { InputError } from '../../input/input-error.ts'
import { refuseUnhonoured } from '../honoured/refuse-unhonoured.ts'
import { checkValue, defaultValues, toArguments } from './check-value.ts'
import { isModulePath, readConfig } from './config-file.ts'
import type { Arguments, Declarations } from './declaration.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * @param given on the command line, by declared name.
 * @throws InputError naming the option that is wrong or not honoured.
 */
export function readArguments<Declared extends Declarations>(
  command: string,
  declarations: Declared,
  given: Values,
): Arguments<Declared> {
  const line = nameModule(declarations, given)
  const file = line.config === undefined ? {} : readConfig(line.config as string, declarations)
  // What the command line overrides in the file is checked all the same.
  const check = (values: Values) =>
    Object.entries(values).map(([key, value]) => [key, checkValue(key, declarations[key]!, value)] as const)
  const inFile = line.config === undefined ? [] : nameFile(line.config as string, () => check(file))
  const checked = Object.fromEntries([...inFile, ...check(line)])
  const values = { ...defaultValues(declarations), ...checked }
  refuseUnhonoured(command, values, Object.keys(checked))
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
  given: Values,
  config: unknown,
): unknown {
  const option = error instanceof InputError ? /^--([\w-]+)/.exec(error.where)?.[1] : undefined
  if (option === undefined || typeof config !== 'string' || given[option] !== undefined) return error
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
