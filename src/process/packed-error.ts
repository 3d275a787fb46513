/** Errors as plain data, so that they cross the pipe to another process with all that they say. */
import { InputError } from '../input/input-error.ts'
import { hideDetails, ToolError } from '../input/tool-error.ts'

export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** What the error says besides, by name; values that no pipe takes are left out. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A class of errors. Its constructor is not called: an error that has crossed the pipe is whole already. */
export interface ErrorClass {
  readonly name: string
  readonly prototype: Error
}

const CLASSES: readonly ErrorClass[] = [TypeError, RangeError, InputError, ToolError]

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return packError(new Error(String(error)))
  const { name, message, stack = '' } = error
  const entries = Object.entries(Object.getOwnPropertyDescriptors(error)).map(
    ([key, { value }]) => [key, value] as const,
  )
  const fields = entries.filter((entry) => !OWN.has(entry[0]) && isPlain(entry))
  return { name, message, stack, fields: Object.fromEntries(fields) }
}

/** What every error has. */
const OWN: ReadonlySet<string> = new Set(['message', 'stack', 'cause'])

function isPlain([, value]: readonly [string, unknown]): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** @param classes of errors besides those of input and tools; an error of any other class is a plain one. */
export function unpackError(
  { name, message, stack, fields }: PackedError,
  classes: readonly ErrorClass[] = [],
): Error {
  const found = [...CLASSES, ...classes].find((one) => one.name === name)
  const error = Object.assign(new Error(message), fields, { stack })
  if (found === undefined) return error
  Object.setPrototypeOf(error, found.prototype)
  if (error instanceof ToolError) hideDetails(error)
  return error
}
