/** The words behind a command as values of its options. What a value may be is checked later (read-arguments.ts). */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { InputError } from '../../input/input-error.ts'
import { type Declarations, refuseUnknown, spellings } from './declaration.ts'

export interface ReadWords {
  /** By declared name. Text, a list where an option was given several times, or true or false. */
  readonly values: Readonly<Record<string, unknown>>
  /** What no option takes, in order. */
  readonly stray: readonly string[]
  /** Names of options that the command does not have. */
  readonly unknown: readonly string[]
  /** What is asked for instead of the command, whatever the other words are. */
  readonly asks: 'help' | 'version' | null
}

/** What every command knows besides its own options. */
const ALWAYS = { help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean' } } as const

/** What stands after a lone `--`. */
export function wordsPassedOn(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--')
  return at < 0 ? [] : words.slice(at + 1)
}

const toNode = (
  declarations: Declarations,
  names: ReadonlyMap<string, string>,
): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    [...names].map(([spelling, name]) => {
      const type = declarations[name]!.type === 'boolean' ? 'boolean' : 'string'
      return [spelling, spelling.length === 1 ? { type, short: spelling } : { type }]
    }),
  )

/** @throws InputError for an option that lacks its value. */
export function readWords(own: Declarations, words: readonly string[]): ReadWords {
  const declarations: Declarations = { ...own, ...ALWAYS }
  const names = spellings(declarations)
  const { tokens = [] } = parseArgs({
    args: [...words],
    options: toNode(declarations, names),
    strict: false,
    tokens: true,
  })
  const lists = new Map<string, unknown[]>()
  const stray: string[] = []
  const unknown: string[] = []
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'positional') stray.push(token.value)
    if (token.kind !== 'option') continue
    const isNegated = !names.has(token.name) && /^no-/.test(token.name) && token.value === undefined
    const name = names.get(isNegated ? token.name.slice('no-'.length) : token.name)
    if (name === undefined) {
      unknown.push(token.name)
      continue
    }
    const { type } = declarations[name]!
    // `-m=street.jpg` as well as `-mstreet.jpg`.
    const text = token.rawName.startsWith('--') ? token.value : token.value?.replace(/^=/, '')
    const list = lists.get(name) ?? []
    lists.set(name, list)
    if (isNegated) list.push(false)
    else if (type === 'boolean') {
      // `--quiet false`, in two words.
      const next = tokens[at + 1]
      const isNext = text === undefined && next?.kind === 'positional' && /^(true|false)$/.test(next.value)
      if (isNext) tokens.splice(at + 1, 1)
      const word = isNext ? next.value : (text ?? 'true')
      list.push(/^(true|false)$/.test(word) ? word === 'true' : word)
    } else if (text === undefined || (token.inlineValue === false && /^-[^0-9]/.test(text)))
      throw new InputError('expected a value after it', token.rawName)
    else list.push(text)
  }
  const given = [...lists].map(([name, list]) => {
    const last = declarations[name]!.type === 'boolean' || list.length === 1
    return [name, last ? list.at(-1) : list] as const
  })
  const { help, version, ...values } = Object.fromEntries(given)
  return { values, stray, unknown, asks: help === true ? 'help' : version === true ? 'version' : null }
}

/**
 * The values of all options and of the positional arguments.
 *
 * @throws InputError for an unknown option, and for too few arguments or too many.
 */
export function placeArguments(
  command: string,
  positionals: Declarations,
  options: Declarations,
  { values, stray, unknown }: ReadWords,
): ReadWords['values'] {
  const where = `assay ${command}`
  refuseUnknown(unknown, { ...positionals, ...options }, where)
  const open = Object.entries(positionals).filter(([name]) => values[name] === undefined)
  const needed = open.filter(([, { demandOption }]) => demandOption).length
  if (stray.length < needed)
    throw new InputError(
      `expected at least ${needed} arguments, got ${stray.length}`,
      where,
      '`--help` names them.',
    )
  const rest = [...stray]
  const placed = open.flatMap(([name, { array }]) => {
    const value = array ? rest.splice(0) : rest.shift()
    return value === undefined || value.length === 0 ? [] : [[name, value] as const]
  })
  if (rest.length > 0)
    throw new InputError(`${rest.join(' ')} is no option`, where, '`--help` lists all options.')
  return { ...values, ...Object.fromEntries(placed) }
}
