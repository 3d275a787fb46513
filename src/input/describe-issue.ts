/** Says in words what a schema found wrong: the place, what belongs there, what was found, and what may have been meant. */
import type * as v from 'valibot'
import { suggest } from './suggest.ts'

type Issue = v.BaseIssue<unknown>

/** What is wrong, with its place, and what may have been meant. */
export function describeIssue(issue: Issue, above: readonly PropertyKey[] = []): readonly [string, string] {
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
    return [
      `${place}there is no setting ${showKey(key)}. Known are ${known.join(', ')}.`,
      suggest(key, known),
    ]
  const strange = Object.keys(input).filter((name) => !known.includes(name))
  const misspelt = strange.find((name) => suggest(name, [key]) !== '')
  return [`${place}${key} is missing`, misspelt === undefined ? '' : `Is ${misspelt} meant to be ${key}?`]
}

/** `layers[3].cycles: `; nothing for the value itself. */
export function placeOf(keys: readonly PropertyKey[]): string {
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
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value === 'object' && value !== null) return value instanceof Map ? 'a map' : 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}
