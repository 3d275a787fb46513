/** How every command is declared, and how a call becomes a call of its handler. */
import type { Declarations } from './declaration.ts'
import { probeOutput } from './probe-output.ts'
import { nameOrigin, readArguments } from './read-arguments.ts'
import { placeArguments, type ReadWords, readWords } from './read-words.ts'

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
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly examples: readonly (readonly [command: string, what: string])[]
  /** @param words behind the command. @throws InputError for an option that lacks its value. */
  readonly read: (words: readonly string[]) => ReadWords
  readonly run: (read: ReadWords, call: Call) => Promise<void>
}

export function defineCommand<Args>(definition: CommandDefinition<Args>): AssayCommand {
  const { name, positionals = {}, options, groups = {}, examples = [] } = definition
  const { passesOn = false, check, handler } = definition
  const declarations = { ...positionals, ...options }
  return {
    name,
    declarations,
    groups,
    examples,
    read: (words) => {
      const end = passesOn ? words.indexOf('--') : -1
      return readWords(declarations, end < 0 ? words : words.slice(0, end))
    },
    run: async (read, call) => {
      const given = placeArguments(name, positionals, options, read)
      const args = readArguments(name, declarations, given)
      try {
        check?.(args as Args)
        await probeOutput(declarations, args)
        await handler(args as Args, call)
      } catch (error) {
        throw nameOrigin(error, declarations, given, (args as { readonly config?: unknown }).config)
      }
    },
  }
}
