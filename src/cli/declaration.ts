/** The declaration of an option, and the one place where a value from the command line or a config file is checked against it. */
import type { Options } from 'yargs'
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'

/** An option as yargs knows it, and what assay checks beyond that. Only a boolean may stand without a value. */
export interface Declaration extends Options {
  /** Of a number: the least and the greatest. */
  readonly range?: readonly [low: number, high: number]
  /** Of a number: no fractions. */
  readonly whole?: boolean
  /** Of a string: `--no-name` is allowed, too, and gives false. */
  readonly negatable?: boolean
  /** A path that is read: relative to the config file that holds it. */
  readonly reads?: boolean
  /** A path that is written: refused before anything slow where that cannot be. */
  readonly writes?: 'folder' | 'file'
}

export type Declarations = Readonly<Record<string, Declaration>>

const show = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? `"${value}"` : String(value)
}

/** The value of an option, as its declaration has it. @throws InputError naming the option. */
export function checkValue(name: string, declaration: Declaration, value: unknown): unknown {
  const refuse = (expected: string, advice = ''): never => {
    throw new InputError(`expected ${expected}, got ${show(value)}`, `--${name}`, advice)
  }
  const { type, choices, array = false, negatable = false } = declaration
  if (type === 'boolean') return typeof value === 'boolean' ? value : refuse('true or false')
  if (array) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    return list.map((item) => checkValue(name, { ...declaration, array: false }, item))
  }
  if (Array.isArray(value))
    throw new InputError('was given more than once', `--${name}`, 'Give it once, with one value.')
  if (negatable && value === false) return value
  if (type === 'number') return checkNumber(declaration, value, refuse)
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
  if (typeof text !== 'string') return refuse(choices === undefined ? 'text' : `one of ${choices.join(', ')}`)
  if (text.trim() === '') return refuse('a value that is not empty')
  if (choices !== undefined && !choices.includes(text))
    return refuse(`one of ${choices.join(', ')}`, suggest(text, choices as readonly string[]))
  return text
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function checkNumber(
  { range: [low, high] = [-Infinity, Infinity], whole = false }: Declaration,
  value: unknown,
  refuse: (expected: string) => never,
): number {
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value
  const kind = whole ? 'a whole number' : 'a number'
  const between = high === Infinity ? (low === -Infinity ? '' : ` from ${low}`) : ` from ${low} to ${high}`
  if (typeof number !== 'number' || !Number.isFinite(number)) return refuse(`${kind}${between}`)
  if (number < low || number > high || (whole && !Number.isInteger(number)))
    return refuse(`${kind}${between}`)
  return number
}

export const camelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The declared name of every spelling of an option: itself, its camelCase, its aliases. */
export function spellings(declarations: Declarations): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(declarations).flatMap(([name, { alias = [] }]) =>
      [name, camelCase(name), ...[alias].flat()].map((spelling) => [spelling, name] as const),
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
