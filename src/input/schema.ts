/**
 * Every file that Assay reads, and every setting that a person writes, is checked against one schema. What is said of a wrong
 * value names its place (`layers[3].cycles`), what belongs there and what was found.
 */
import * as v from 'valibot'
import { InputError } from './input-error.ts'
import { isPathName } from './path-name.ts'
import { parseStrictJson, type Revive } from './strict-json.ts'
import { suggest } from './suggest.ts'

export type Schema = v.GenericSchema
type Issue = v.BaseIssue<unknown>

type Whole = string | ((...args: never[]) => unknown) | ArrayBufferView | ReadonlyMap<unknown, unknown>
type ReadonlyDeep<Value> = Value extends Whole
  ? Value
  : { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }

/** What a schema lets through, read-only. */
export type Checked<Of extends Schema> = ReadonlyDeep<v.InferOutput<Of>>

/**
 * The same schema with a look at the value before: true lets it through at once, as most values of a large file are right; a
 * text says what was expected in its place.
 */
const withLook = <Of extends Schema>(schema: Of, look: (value: unknown) => boolean | string): Of => ({
  ...schema,
  // A function with a `this`: what valibot derives of a schema (v.partial) keeps it, and has entries of its own.
  '~run'(this: Of, ...[dataset, config]: Parameters<Of['~run']>) {
    const seen = look(dataset.value)
    if (seen === true) return { typed: true, value: dataset.value }
    if (seen === false) return schema['~run'].call(this, dataset, config)
    v._addIssue(schema, 'type', dataset, config, { expected: seen, message: seen })
    return dataset
  },
})

/** A whole number within limits, both included. */
export const whole = (low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER) => {
  const expected =
    high === Number.MAX_SAFE_INTEGER
      ? low === Number.MIN_SAFE_INTEGER
        ? 'a whole number'
        : `a whole number of at least ${low}`
      : `a whole number from ${low} to ${high}`
  return withLook(
    v.pipe(v.number(expected), v.integer(expected), v.minValue(low, expected), v.maxValue(high, expected)),
    (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high,
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
  return withLook(
    v.pipe(v.number(expected), v.finite(expected), v.minValue(low, expected), v.maxValue(high, expected)),
    (value) => Number.isFinite(value) && (value as number) >= low && (value as number) <= high,
  )
}

/** A text with at least one character. */
export const text = v.pipe(v.string('a text'), v.nonEmpty('a text'))

const NAME = 'a name without / \\ and control characters'
/** A name that may become part of a path. */
export const fileName = v.pipe(v.string(NAME), v.check(isPathName, NAME))

/** A list of so many items, both limits included. One whose items are all right is not copied, however long. */
export const listOf = <Of extends Schema>(item: Of, least = 0, most = 100_000) => {
  const [few, many] = [`a list of ${least} or more`, `a list of at most ${most}`]
  const list = withLook(
    v.array(item),
    (value) => Array.isArray(value) && value.every((each) => v.is(item, each)),
  )
  return v.pipe(list, v.minLength(least, few), v.maxLength(most, many))
}

/** How many. */
export const count = whole(0)

/** A schema and what its value means, which the published schema says, too. */
export const described = <const Of extends Schema>(schema: Of, text: string) =>
  v.pipe(schema, v.description(text))

/** A SHA-256 as hexadecimal text. */
export const sha256Text = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256'))

/** valibot takes lists, maps and arrays of bytes for objects. */
const plain = <Of extends Schema>(schema: Of): Of =>
  withLook(schema, (value) =>
    Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Map ? 'an object' : false,
  )

/** An object with at least these properties: what Assay writes, and a later version may add to. */
export const openObject = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  plain(v.object(entries))

/** An object with these properties and no others: what people write. An unknown one is refused with the nearest name. */
export const closedObject = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  plain(v.strictObject(entries, Object.keys(entries).join(' ')))

/** Names that valibot's record passes over unchecked. */
const UNCHECKED = ['__proto__', 'prototype', 'constructor']

/** A list of just these items. */
export const tupleOf = <const Items extends readonly Schema[]>(...items: Items) =>
  withLook(v.strictTuple(items), (value) =>
    Array.isArray(value) && value.length !== items.length ? `a list of ${items.length}` : false,
  )

/** One of several objects, told apart by a property. */
export const choiceOf = <const Key extends string, const Options extends v.VariantOptions<Key>>(
  key: Key,
  options: Options,
) => plain(v.variant(key, options))

/** An object with any names but those that stand for an object's own machinery. */
export const recordOf = <Of extends Schema>(value: Of) =>
  withLook(plain(v.record(v.string(), value)), (own) => {
    if (typeof own !== 'object' || own === null) return false
    const name = UNCHECKED.find((name) => Object.hasOwn(own, name))
    return name === undefined ? false : `an object without ${name}`
  })

/**
 * Refuses a value as `check` does, for what no schema says: how the values of a file belong together.
 *
 * @throws InputError naming its place.
 */
export function refuse(
  where: string,
  keys: readonly PropertyKey[],
  expected: string,
  got: unknown,
  advice = '',
): never {
  throw new InputError(`${placeOf(keys)}expected ${expected}, got ${describeValue(got)}`, where, advice)
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
export function acceptJson<Of extends Schema>(schema: Of, text: string, revive?: Revive): Checked<Of> | null {
  try {
    const value: unknown = JSON.parse(text, revive)
    return v.is(schema, value) ? (value as Checked<Of>) : null
  } catch {
    // No JSON, or too deep for `revive`.
    return null
  }
}

/** What is wrong, with its place, and what may have been meant. */
function describeIssue(issue: Issue, above: readonly PropertyKey[] = []): readonly [string, string] {
  const keys = [...above, ...(issue.path ?? []).map(({ key }) => key as PropertyKey)]
  // Of a choice of shapes, the one that fits the furthest was meant.
  const inner = [...(issue.issues ?? [])].sort((a, b) => depthOf(b) - depthOf(a))[0]
  if (inner !== undefined && depthOf(inner) > 0) return describeIssue(inner, keys)
  if (/object$/.test(issue.type) && issue.path?.at(-1)?.origin === 'key') return describeProperty(issue, keys)
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
    return [`${place}there is no ${showKey(key)}. Known are ${known.join(', ')}.`, suggest(key, known)]
  const strange = Object.keys(input).filter((name) => !known.includes(name))
  const misspelt = strange.find((name) => suggest(name, [key]) !== '')
  return [`${place}${key} is missing`, misspelt === undefined ? '' : `Is ${misspelt} meant to be ${key}?`]
}

/** `layers[3].cycles: `; nothing for the value itself. */
function placeOf(keys: readonly PropertyKey[]): string {
  const steps = keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${showKey(String(key))}`))
    .join('')
  return steps === '' ? '' : `${steps.replace(/^\./, '')}: `
}

/** A name from a file must not steer a terminal. */
const showKey = (key: string): string => {
  const short = key.length > 60 ? `${key.slice(0, 60)}…` : key
  return /\p{C}/u.test(short) ? JSON.stringify(short) : short
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
  Object: 'an object',
  map: 'a map',
  function: 'a function',
}

/** A schema's own message says what belongs there; valibot's begins with `Invalid`. */
function expectedOf(issue: Issue): string {
  if (issue.issues !== undefined) return [...new Set(issue.issues.map(expectedOf))].join(' or ')
  const isOwn = !issue.message.startsWith('Invalid ') && issue.type !== 'strict_object'
  const words = choicesOf(issue)
  return isOwn ? issue.message : (WORDS[issue.type] ?? (listWords(words) || wordFor(issue)))
}

const listWords = (words: readonly string[]): string =>
  words.length > 4 ? `one of ${words.join(', ')}` : words.join(' or ')

const wordFor = ({ expected, type }: Issue): string => WORDS[expected ?? ''] ?? expected ?? type

/** The words of a picklist: `("x" | "y")`, `(0 | 1)`. */
const choicesOf = ({ expected }: Issue): readonly string[] =>
  [...(expected ?? '').matchAll(/"((?:[^"\\]|\\.)*)"|\b\d+\b/g)].map(([all, word]) => word ?? all)

const nearestChoice = (issue: Issue): string =>
  typeof issue.input === 'string' ? suggest(issue.input, choicesOf(issue)) : ''

/** A value, short enough for a message. */
function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value === 'object' && value !== null) return value instanceof Map ? 'a map' : 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}
