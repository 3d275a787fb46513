/** How every command is declared, and how a call becomes a call of its handler. */
import type { Argv, Options } from 'yargs'
import { camelCase, type Declaration, type Declarations } from './declaration.ts'
import { nameFolder } from './name-folder.ts'
import { probeOutput } from './probe-output.ts'
import { nameOrigin, readArguments } from './read-arguments.ts'

/** How the program was called, besides the arguments of the command. */
export interface Call {
  /** Path of the program itself. */
  readonly program: string
  /** The words after it, as they were written. */
  readonly words: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export interface CommandDefinition<Args> {
  /** The first word of the command, which cli/commands.ts lists. */
  readonly name: string
  readonly positionals?: Declarations
  readonly options: Declarations
  /** Titles of the help, and the options below each. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly examples?: readonly (readonly [command: string, what: string])[]
  /** What stands after a lone `--` is another command's. */
  readonly passesOn?: boolean
  /** The checks that need several options. @throws InputError naming the option at fault. */
  readonly check?: (args: Args) => void
  readonly handler: (args: Args, call: Call) => Promise<void>
}

/** A command, with what it was made of. */
export interface AssayCommand {
  readonly name: string
  readonly declarations: Declarations
  readonly build: (parser: Argv) => Argv
  /** @param parsed as yargs has it. */
  readonly run: (parsed: Readonly<Record<string, unknown>>, call: Call) => Promise<void>
}

/** A command as the help lists it. */
export interface ListedCommand {
  /** The first word, and positional arguments as yargs writes them: `init <sources..>`. */
  readonly command: string
  readonly describe: string
  /** Loads its options and its handler: `assay --help` and the other commands do without them. */
  readonly load: () => Promise<AssayCommand>
}

/** The word by which a command is called. */
export const nameOf = ({ command }: ListedCommand): string => command.split(' ')[0]!

export function defineCommand<Args>(definition: CommandDefinition<Args>): AssayCommand {
  const { name, positionals = {}, options, groups = {}, examples = [] } = definition
  const { passesOn, check, handler } = definition
  const declarations = { ...positionals, ...options }
  return {
    name,
    declarations,
    build: (parser) => {
      for (const [key, declaration] of Object.entries(positionals))
        parser.positional(key, { type: 'string', describe: declaration.describe, array: declaration.array })
      for (const [key, declaration] of Object.entries(options)) parser.option(key, toYargs(declaration))
      for (const [title, keys] of Object.entries(groups)) parser.group([...keys], title)
      for (const [line, what] of examples) parser.example(line, what)
      return parser
    },
    run: async (parsed, call) => {
      const args = readArguments(name, declarations, parsed, call.words, passesOn)
      try {
        await prepareValues(declarations, args)
        check?.(args as Args)
        await probeOutput(declarations, args)
        await handler(args as Args, call)
      } catch (error) {
        nameFolder(error, declarations, args)
        throw nameOrigin(error, declarations, parsed, (args as { readonly config?: unknown }).config)
      }
    },
  }
}

async function prepareValues(declarations: Declarations, args: object): Promise<void> {
  for (const [name, { prepare }] of Object.entries(declarations)) {
    if (prepare === undefined) continue
    const given = (args as Readonly<Record<string, string | readonly string[] | undefined>>)[camelCase(name)]
    for (const value of [given ?? []].flat()) await prepare(value)
  }
}

/** Only the text of the help is left to yargs, and which word is the value of which option. */
function toYargs(declaration: Declaration): Options {
  const { alias, type, describe = '', choices, array, hidden, default: value, range } = declaration
  const notes: string[] = []
  if (type === 'number')
    notes.push(range === undefined || range[1] === Infinity ? 'number' : `${range[0]} to ${range[1]}`)
  if (choices !== undefined) notes.push(choices.map((choice) => `"${choice}"`).join(', '))
  const options: Options = {
    array,
    hidden,
    describe: `${describe}${notes.map((note) => ` [${note}]`).join('')}`,
  }
  if (alias !== undefined) options.alias = alias
  if (type !== 'number') options.type = type === 'boolean' ? 'boolean' : 'string'
  if (type !== 'boolean') options.nargs = 1
  if (value !== undefined && !(Array.isArray(value) && value.length === 0))
    options.defaultDescription = String(value)
  return options
}
