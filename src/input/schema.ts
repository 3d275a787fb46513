/**
 * Every file that Assay reads, and every setting that a person writes, is checked against one schema. What is said of a wrong
 * value names its place (`layers[3].cycles`), what belongs there and what was found.
 */
import * as v from 'valibot'
import { describeIssue, describeValue, placeOf } from './describe-issue.ts'
import { InputError } from './input-error.ts'
import { isPathName } from './path-name.ts'
import { parseStrictJson, type Revive } from './strict-json.ts'

export type Schema = v.GenericSchema

type Whole = string | ((...args: never[]) => unknown) | ArrayBufferView
type ReadonlyDeep<Value> = Value extends Whole
  ? Value
  : Value extends ReadonlyMap<infer Key, infer Item>
    ? ReadonlyMap<Key, Item>
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
export const UNCHECKED: readonly string[] = ['__proto__', 'prototype', 'constructor']

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

/**
 * @param where the file, or the place in it of the field that these keys lead to.
 * @throws InputError naming the first field that is wrong.
 */
export function check<Of extends Schema>(
  schema: Of,
  value: unknown,
  where: string | ((keys: readonly PropertyKey[]) => string),
  advice = '',
): Checked<Of> {
  const { issues } = v.safeParse(schema, value, { abortEarly: true })
  // The value itself, and no copy: one of a later version keeps what this schema does not know.
  if (issues === undefined) return value as Checked<Of>
  const [what, meant] = describeIssue(issues[0])
  const keys = (issues[0].path ?? []).map(({ key }) => key as PropertyKey)
  const place = typeof where === 'string' ? where : where(keys)
  throw new InputError(what, place, meant === '' ? advice : meant)
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
