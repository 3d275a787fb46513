/** The one place where a value from the command line, a config file or a default is checked and parsed. */
import { InputError } from '../../input/input-error.ts'
import { suggest } from '../../input/suggest.ts'
import { type Arguments, camelCase, type Declaration, type Declarations } from './declaration.ts'

const show = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? `"${value}"` : String(value)
}

/** The value of an option as handlers receive it. @throws InputError naming the option. */
export function checkValue(name: string, declaration: Declaration, value: unknown): unknown {
  const option = `--${name}`
  const refuse = (expected: string, advice = ''): never => {
    throw new InputError(`expected ${expected}, got ${show(value)}`, option, advice)
  }
  const { type, choices, array = false, negatable = false, parse } = declaration
  if (type === 'boolean') return typeof value === 'boolean' ? value : refuse('true or false')
  if (array) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    return list.map((item) => checkValue(name, { ...declaration, array: false }, item))
  }
  if (Array.isArray(value))
    throw new InputError(
      'was given more than once, or as a list',
      option,
      'Give it once; several values are one text, with commas between them.',
    )
  if (negatable && value === false) return value
  if (type === 'number') return checkNumber(declaration, value, refuse)
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
  if (typeof text !== 'string') return refuse(choices === undefined ? 'text' : `one of ${choices.join(', ')}`)
  if (text.trim() === '') return refuse('a value that is not empty')
  if (choices !== undefined && !choices.includes(text))
    return refuse(`one of ${choices.join(', ')}`, suggest(text, choices))
  return parse === undefined ? text : parse(text, option)
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

/** Every option, with the value that it has where it is not given. */
export const defaultValues = (declarations: Declarations): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(declarations).map(([name, declaration]) => {
      const { default: value } = declaration
      return [name, value === undefined ? undefined : checkValue(name, declaration, value)]
    }),
  )

/** Options by their declared names, as handlers name them. */
export const toArguments = <Declared extends Declarations>(
  values: Readonly<Record<string, unknown>>,
): Arguments<Declared> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [camelCase(name), value]),
  ) as Arguments<Declared>

/** What a handler receives where no option is given. */
export const defaultArguments = <Declared extends Declarations>(
  declarations: Declared,
): Arguments<Declared> => toArguments<Declared>(defaultValues(declarations))
