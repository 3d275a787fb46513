import { InputError } from '../input/input-error.ts'

/** Reads fields of data that came from outside. Each throws an InputError that names the place. */

export function asRecord(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new InputError(`expected an object, got ${describe(value)}.`, where)
}

export function asList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new InputError(`expected a list, got ${describe(value)}.`, where)
}

export function asText(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InputError(`expected a text, got ${describe(value)}.`, where)
}

/** A finite number; text that is one is taken too, as XML and label files have nothing else. */
export function asNumber(value: unknown, where: string): number {
  const isWritten = typeof value === 'string' && value.trim() !== ''
  const number = isWritten ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw new InputError(`expected a number, got ${describe(value)}.`, where)
}

export function asInteger(value: unknown, where: string): number {
  const number = asNumber(value, where)
  if (Number.isSafeInteger(number)) return number
  throw new InputError(`expected a whole number, got ${number}.`, where)
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value)
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}
