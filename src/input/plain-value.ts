/** What a module of a user gives, as a file of YAML could hold it: read once, so that nothing of the module runs later. */
import { placeOf } from './describe-issue.ts'
import { InputError } from './input-error.ts'

/** Deeper than any file that people write; a value that holds itself has no end. */
const MOST_DEPTH = 20

/**
 * A copy of texts, numbers, lists, and the own properties of objects.
 *
 * @throws InputError for anything else, with its place, and whatever a property throws.
 */
export function toPlain(value: unknown, path: string, keys: readonly PropertyKey[] = []): unknown {
  const refuse = (what: string): never => {
    throw new InputError(`${placeOf(keys)}expected text, numbers, lists and objects, got ${what}`, path)
  }
  if (keys.length > MOST_DEPTH) return refuse('an object of endless depth')
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    return refuse(`a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Array.from(value, (item, index) => toPlain(item, path, [...keys, index]))
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value))
    return refuse(`a ${value.constructor.name}`)
  const copy = {}
  for (const key of Object.keys(value)) {
    const own = toPlain((value as Readonly<Record<string, unknown>>)[key], path, [...keys, key])
    // An assignment to `__proto__` would set no property.
    Object.defineProperty(copy, key, { value: own, enumerable: true, writable: true, configurable: true })
  }
  return copy
}
