/** These functions read the fields of Assay's own files strictly. Each throws an InputError that names the file and the field. */
import { InputError } from './input-error.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The place of a field, and what to do if it is wrong. */
export interface Place {
  readonly file: string
  readonly field: string
  readonly advice: string
}

/** Returns the place of a field of a record, or of an item of a list. */
export const at = (place: Place, key: string | number): Place => {
  const step = typeof key === 'number' ? `[${key}]` : place.field === '' ? key : `.${key}`
  return { ...place, field: place.field + step }
}

export function refuse(place: Place, expected: string, got: unknown): never {
  const where = place.field === '' ? place.file : `${place.file}: ${place.field}`
  throw new InputError(`expected ${expected}, got ${describe(got)}`, where, place.advice)
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}

export function readFields(value: unknown, place: Place): Fields {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
  return isRecord && !(value instanceof Map) ? (value as Fields) : refuse(place, 'an object', value)
}

export function readList(value: unknown, place: Place, least = 0, most = 100_000): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(place, 'a list', value)
  const isFew = value.length < least
  if (isFew || value.length > most)
    return refuse(place, isFew ? `a list of ${least} or more` : `a list of at most ${most}`, value)
  return value
}

export const readText = (value: unknown, place: Place, pattern: RegExp = /./): string =>
  typeof value === 'string' && pattern.test(value) ? value : refuse(place, 'a text', value)

export const readFlag = (value: unknown, place: Place): boolean =>
  typeof value === 'boolean' ? value : refuse(place, 'true or false', value)

export function readInteger(value: unknown, place: Place, low: number, high: number): number {
  const isWithin = typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
  return isWithin ? value : refuse(place, `a whole number from ${low} to ${high}`, value)
}

export function readNumber(value: unknown, place: Place, low: number, high: number): number {
  const isWithin = typeof value === 'number' && value >= low && value <= high
  return isWithin ? value : refuse(place, `a number from ${low} to ${high}`, value)
}

export function readChoice<T extends string>(value: unknown, place: Place, choices: readonly T[]): T {
  return choices.find((choice) => choice === value) ?? refuse(place, choices.join(' or '), value)
}
