/**
 * Every file that Assay reads, and every setting that a person writes, is checked against one schema. What is said of a wrong
 * value names its place (`layers[3].cycles`), what belongs there and what was found.
 */
import * as v from 'valibot'
import { InputError } from './input-error.ts'
import { parseStrictJson } from './strict-json.ts'
import { suggest } from './suggest.ts'

type Schema = v.GenericSchema
type Issue = v.BaseIssue<unknown>

type ReadonlyDeep<Value> = Value extends (...args: never[]) => unknown
  ? Value
  : Value extends ArrayBufferView | ReadonlyMap<unknown, unknown>
    ? Value
    : { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }

/** What a schema lets through, read-only. */
export type Checked<Of extends Schema> = ReadonlyDeep<v.InferOutput<Of>>

/** A whole number within limits, both included. */
export const whole = (low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER) => {
  const expected =
    high === Number.MAX_SAFE_INTEGER
      ? low === Number.MIN_SAFE_INTEGER
        ? 'a whole number'
        : `a whole number of at least ${low}`
      : `a whole number from ${low} to ${high}`
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(low, expected),
    v.maxValue(high, expected),
  )
}

/** A finite number within limits, both included. */
export const real = (low = -Number.MAX_VALUE, high = Number.MAX_VALUE) => {
  const expected =
    high === Number.MAX_VALUE
      ? low === -Number.MAX_VALUE
        ? 'a finite number'
        : `a number of at least ${low}`
      : `a number from ${low} to ${high}`
  return v.pipe(v.number(expected), v.finite(expected), v.minValue(low, expected), v.maxValue(high, expected))
}

/** How many. */
export const count = whole(0)

/** A schema and what its value means, which the published schema says, too. */
export const described = <const Of extends Schema>(schema: Of, text: string) =>
  v.pipe(schema, v.description(text))

/** A SHA-256 as hexadecimal text. */
export const sha256Text = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256'))

/** valibot counts a list as an object. */
const noList = <Of extends Schema>(schema: Of): Of => ({
  ...schema,
  '~run': (...[dataset, config]: Parameters<Of['~run']>) => {
    if (!Array.isArray(dataset.value)) return schema['~run'](dataset, config)
    v._addIssue(schema, 'type', dataset, config)
    return dataset
  },
})

/** An object with at least these properties: what Assay writes, and a later version may add to. */
export const openObject = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  noList(v.object(entries))

/** An object with these properties and no others: what people write. An unknown one is refused with the nearest name. */
export const closedObject = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  noList(v.strictObject(entries, Object.keys(entries).join(' ')))

/** Names that valibot's record passes over unchecked. */
const UNCHECKED = ['__proto__', 'prototype', 'constructor']

/** An object with any names but those that stand for an object's own machinery. */
export const recordOf = <Of extends Schema>(value: Of) => {
  const schema = noList(v.record(v.string(), value))
  return {
    ...schema,
    '~run': (...[dataset, config]: Parameters<(typeof schema)['~run']>) => {
      const own = dataset.value
      const name = UNCHECKED.find((name) => own instanceof Object && Object.hasOwn(own, name))
      if (name === undefined) return schema['~run'](dataset, config)
      v._addIssue(schema, 'type', dataset, config, { message: `an object without ${name}` })
      return dataset as never
    },
  }
}

/** @throws InputError naming the first field that is wrong. */
export function check<Of extends Schema>(
  schema: Of,
  value: unknown,
  where: string,
  advice = '',
): Checked<Of> {
  const { issues } = v.safeParse(schema, value, { abortEarly: true })
  // The value itself, and no copy: one of a later version keeps what this schema does not know.
  if (issues === undefined) return value as Checked<Of>
  const [what, meant] = describeIssue(issues[0])
  throw new InputError(what, where, meant === '' ? advice : meant)
}

/** @throws InputError if the text is no JSON, or naming the first field that is wrong. */
export const checkJson = <Of extends Schema>(
  schema: Of,
  text: string,
  where: string,
  advice = 'Correct it and run again.',
): Checked<Of> => check(schema, parseStrictJson(text, where, advice), where, advice)

const withSchema = openObject({ $schema: v.optional(v.string()) })

/** What a person's file says, less the path of its published schema, which tells an editor how to help. */
export function withoutSchema(value: unknown, where: string, advice: string): object {
  const { $schema: _, ...rest } = check(withSchema, value, where, advice)
  return rest
}

/** The value of a JSON text that a cache keeps; null if anything of it is wrong, which is as good as none. */
export function acceptJson<Of extends Schema>(schema: Of, text: string): Checked<Of> | null {
  try {
    const value: unknown = JSON.parse(text)
    return v.is(schema, value) ? (value as Checked<Of>) : null
  } catch {
    return null
  }
}

/** What is wrong, with its place, and what may have been meant. */
function describeIssue(issue: Issue, above: readonly PropertyKey[] = []): readonly [string, string] {
  const keys = [...above, ...(issue.path ?? []).map(({ key }) => key as PropertyKey)]
  // Of a choice of shapes, the one that fits the furthest was meant.
  const inner = [...(issue.issues ?? [])].sort((a, b) => depthOf(b) - depthOf(a))[0]
  if (inner !== undefined && depthOf(inner) > 0) return describeIssue(inner, keys)
  if (/object$/.test(issue.type) && issue.expected !== 'Object') return describeProperty(issue, keys)
  const near = issue.type === 'picklist' || issue.type === 'variant' ? nearestChoice(issue) : ''
  return [`${placeOf(keys)}expected ${expectedOf(issue)}, got ${describeValue(issue.input)}`, near]
}

const depthOf = (issue: Issue): number => issue.path?.length ?? 0

/** A property that is missing, or unknown to a closed object, whose message is the list of its properties. */
function describeProperty(issue: Issue, keys: readonly PropertyKey[]): readonly [string, string] {
  const { key, input } = issue.path!.at(-1)! as { readonly key: string; readonly input: object }
  const place = placeOf(keys.slice(0, -1))
  const known = issue.type === 'strict_object' ? issue.message.split(' ') : Object.keys(input)
  if (issue.expected === 'never')
    return [`${place}there is no ${key}. Known are ${known.join(', ')}.`, suggest(key, known)]
  const strange = Object.keys(input).filter((name) => !known.includes(name))
  const misspelt = strange.find((name) => suggest(name, [key]) !== '')
  return [`${place}${key} is missing`, misspelt === undefined ? '' : `Is ${misspelt} meant to be ${key}?`]
}

/** `layers[3].cycles: `; nothing for the value itself. */
function placeOf(keys: readonly PropertyKey[]): string {
  const steps = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return steps === '' ? '' : `${steps.replace(/^\./, '')}: `
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  bigint: 'a bigint',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  strict_tuple: 'a list',
  object: 'an object',
  loose_object: 'an object',
  strict_object: 'an object',
  record: 'an object',
  map: 'a map',
  function: 'a function',
}

/** A schema's own message says what belongs there; valibot's begins with `Invalid`. */
function expectedOf(issue: Issue): string {
  if (issue.issues !== undefined) return [...new Set(issue.issues.map(expectedOf))].join(' or ')
  const isOwn = !issue.message.startsWith('Invalid ') && issue.type !== 'strict_object'
  const words = choicesOf(issue)
  return isOwn ? issue.message : (WORDS[issue.type] ?? (words.join(' or ') || issue.expected || issue.type))
}

/** The words of a picklist: `("x" | "y")`. */
const choicesOf = ({ expected }: Issue): readonly string[] =>
  [...(expected ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word!)

const nearestChoice = (issue: Issue): string =>
  typeof issue.input === 'string' ? suggest(issue.input, choicesOf(issue)) : ''

/** A value, short enough for a message. */
function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}
