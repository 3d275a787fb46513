/** What an option may be, and the type of the value that a handler receives for it. */
import { InputError } from '../../input/input-error.ts'
import { suggest } from '../../input/suggest.ts'

/** One option. Only a boolean may stand without a value. */
export interface Declaration {
  /** Text where nothing else is said. */
  readonly type?: 'string' | 'number' | 'boolean'
  readonly alias?: string
  readonly describe?: string
  /** The words that a text may be. */
  readonly choices?: readonly string[]
  /** The option may be given several times. */
  readonly array?: boolean
  /** As a user would write it. */
  readonly default?: string | number | boolean | readonly string[]
  /** A positional argument that must be there. */
  readonly demandOption?: boolean
  /** The help leaves it out. */
  readonly hidden?: boolean
  /** The least and the greatest value of a number. */
  readonly range?: readonly [low: number, high: number]
  /** A number must have no fraction. */
  readonly whole?: boolean
  /** A text also has the form `--no-name`, which gives false. */
  readonly negatable?: boolean
  /** A path that is read: relative to the config file that holds it. */
  readonly reads?: boolean
  /** A path that is written: refused before anything slow where that cannot be. */
  readonly writes?: 'folder' | 'file'
  /** The folder in which it lies where it is not given. */
  readonly otherwise?: string
  /**
   * Turns a text into the value that it stands for. Called once, where the option is read.
   *
   * @param option as a message names it, `--shard`.
   * @throws InputError naming the option.
   */
  readonly parse?: (text: string, option: string) => unknown
  /** Awaited once for each value that is given, before options are checked against each other: loads what a check cannot. */
  readonly prepare?: (text: string) => Promise<void>
}

export type Declarations = Readonly<Record<string, Declaration>>

/** One value of an option that was given. */
type One<Declared> = Declared extends { readonly parse: (text: string, option: string) => infer Parsed }
  ? Parsed
  : Declared extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Declared extends { readonly type: 'boolean' }
      ? boolean
      : Declared extends { readonly type: 'number' }
        ? number
        : string

type Given<Declared> =
  | (Declared extends { readonly array: true } ? readonly One<Declared>[] : One<Declared>)
  | (Declared extends { readonly negatable: true } ? false : never)

type Value<Declared> = Declared extends { readonly default: unknown } | { readonly demandOption: true }
  ? Given<Declared>
  : Given<Declared> | undefined

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name

/** What a handler receives: every declared option, by its name in camelCase. */
export type Arguments<Declared extends Declarations> = {
  readonly [Name in keyof Declared & string as CamelCase<Name>]: Value<Declared[Name]>
}

export const camelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The declared name of every spelling of an option: itself, its camelCase, its alias. */
export function spellings(declarations: Declarations): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(declarations).flatMap(([name, { alias = name }]) =>
      [name, camelCase(name), alias].map((spelling) => [spelling, name] as const),
    ),
  )
}

/** @throws InputError for a word that is no option, with the nearest that is one. */
export function refuseUnknown(words: readonly string[], declarations: Declarations, where: string): void {
  const known = spellings(declarations)
  const [unknown] = words.filter((word) => !known.has(word))
  if (unknown === undefined) return
  const near = suggest(unknown, Object.keys(declarations))
  throw new InputError(
    `there is no option ${unknown}`,
    where,
    near === '' ? '`--help` lists all options.' : near,
  )
}
