/**
 * How every command takes its options from the command line and a config file: it checks each value against its declaration,
 * and then whether the run honours them all. Nothing else reads what yargs parsed.
 */
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from 'yargs'
import { InputError } from '../input/input-error.ts'
import { isModuleConfig, readConfig } from './config-file.ts'
import {
  camelCase,
  checkValue,
  type Declaration,
  type Declarations,
  refuseUnknown,
  spellings,
} from './declaration.ts'
import { refuseUnhonoured } from './honoured.ts'
import { probeOutput } from './probe-output.ts'

/** Arguments of a handler: every declared option, under its own name in camelCase too. */
export type Arguments<Declared extends Declarations> = ArgumentsCamelCase<
  InferredOptionTypes<{ -readonly [Name in keyof Declared]: Declared[Name] }>
>

export interface CommandDefinition<Args> {
  /** The first word, and positional arguments as yargs writes them: `init <sources..>`. */
  readonly command: string
  readonly describe: string
  readonly positionals?: Declarations
  readonly options: Declarations
  /** Titles of the help, and the options below each. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly examples?: readonly (readonly [command: string, what: string])[]
  /** `--config` may name the user's own module as well as an options file. */
  readonly takesModule?: boolean
  /** What stands after a lone `--` is another command's. */
  readonly passesOn?: boolean
  readonly handler: (args: Args) => Promise<void>
}

/** A command, with what it was made of. */
export interface AssayCommand extends CommandModule {
  readonly name: string
  readonly declarations: Declarations
}

export function defineCommand<Args>(definition: CommandDefinition<Args>): AssayCommand {
  const { command, describe, positionals = {}, options, groups = {}, examples = [] } = definition
  const name = command.split(' ')[0]!
  const declarations = { ...positionals, ...options }
  const build = (parser: Argv): Argv => {
    for (const [key, declaration] of Object.entries(positionals))
      parser.positional(key, { type: 'string', describe: declaration.describe, array: declaration.array })
    for (const [key, declaration] of Object.entries(options)) parser.option(key, toYargs(declaration))
    for (const [title, keys] of Object.entries(groups)) parser.group([...keys], title)
    for (const [line, what] of examples) parser.example(line, what)
    return parser
  }
  return {
    name,
    declarations,
    command,
    describe,
    builder: build as CommandModule['builder'],
    handler: async (parsed) => {
      const args = readArguments(name, declarations, parsed, process.argv.slice(2), definition)
      await probeOutput(declarations, args)
      await definition.handler(args as Args)
    },
  }
}

/** Only the text of the help is left to yargs, and which word is the value of which option. */
function toYargs({
  alias,
  type,
  describe = '',
  choices,
  array,
  default: value,
  range,
}: Declaration): Options {
  const notes = [
    ...(type === 'number'
      ? [range === undefined || range[1] === Infinity ? 'number' : `${range[0]} to ${range[1]}`]
      : []),
    ...(choices === undefined ? [] : [choices.map((choice) => `"${String(choice)}"`).join(', ')]),
  ]
  const shown =
    value === undefined || (Array.isArray(value) && value.length === 0)
      ? {}
      : { defaultDescription: String(value) }
  return {
    ...(alias === undefined ? {} : { alias }),
    ...(type === 'number' ? {} : { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) }),
    ...(type === 'boolean' ? {} : { nargs: 1 }),
    ...(array === true ? { array } : {}),
    ...shown,
    describe: `${describe}${notes.map((note) => ` [${note}]`).join('')}`,
  }
}

/**
 * @param words the command line itself: what stands behind a `=` of a boolean is nowhere else.
 * @throws InputError naming the option that is unknown, wrong or not honoured.
 */
export function readArguments(
  command: string,
  declarations: Declarations,
  parsed: Readonly<Record<string, unknown>>,
  words: readonly string[],
  { takesModule = false, passesOn = false }: Pick<CommandDefinition<never>, 'takesModule' | 'passesOn'> = {},
): Readonly<Record<string, unknown>> {
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
  const typed = Object.fromEntries(set.map(([key, value]) => [names.get(key)!, value]))
  const { config } = typed
  const file =
    config === undefined
      ? {}
      : fromFile(checkValue('config', declarations.config!, config) as string, declarations, takesModule)
  // What the command line overrides in the file is checked all the same.
  const check = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([key, value]) => [key, checkValue(key, declarations[key]!, value)] as const)
  const given = Object.entries(Object.fromEntries([...check(file), ...check(typed)]))
  const defaults = Object.entries(declarations).map(([key, { default: value }]) => [key, value] as const)
  const args = Object.fromEntries([...defaults, ...given])
  refuseUnhonoured(
    command,
    args,
    given.map(([key]) => key),
  )
  return {
    ...args,
    ...Object.fromEntries(Object.entries(args).map(([key, value]) => [camelCase(key), value])),
  }
}

function fromFile(
  path: string,
  declarations: Declarations,
  takesModule: boolean,
): Readonly<Record<string, unknown>> {
  if (!isModuleConfig(path)) return readConfig(path, declarations)
  if (takesModule) return {}
  throw new InputError(
    `${path} describes your own module, which this command does not run`,
    '--config',
    'assay sim and assay selftest take it; here --config is a JSON file of options.',
  )
}

/** What stands after a lone `--`. */
function wordsPassedOn(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--')
  return at < 0 ? [] : words.slice(at + 1)
}

function refuseStray(command: string, stray: readonly unknown[], allowed: number): void {
  if (stray.length > allowed)
    throw new InputError(`${stray.join(' ')} is no option`, `assay ${command}`, '`--help` lists all options.')
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
