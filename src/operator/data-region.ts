/** Words of the configuration's own in memory: the instructions of a module, or whatever else it reads. */
import { InputError } from '../input/input-error.ts'
import { typeName } from '../simulate/bus-types.ts'
import type { DataRegion, PlacedLayer } from './memory-types.ts'

/** A run in a sentence. */
export const nameRun = (run: readonly PlacedLayer[]): string =>
  run.length === 1 ? run[0]!.layer.name : `${run[0]!.layer.name} to ${run.at(-1)!.layer.name}`

/** The run for a function of the configuration, which cannot change it. */
export const showRun = (run: readonly PlacedLayer[]): readonly PlacedLayer[] =>
  Object.freeze(run.map((one) => Object.freeze({ ...one, at: Object.freeze({ ...one.at }) })))

const MOST_WORDS = 2 ** 26

/** @throws InputError for a function that fails, and for a word that does not fit its bits */
export function layData(
  { name, words, bits = 32 }: DataRegion,
  run: readonly PlacedLayer[],
  where: string,
): Uint8Array {
  const label = `regions: ${name}`
  const list: unknown = callFor(`${label}: words`, () => words(showRun(run)), where, nameRun(run))
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView))
  const given = (isList ? list : []) as ArrayLike<unknown>
  if (!isList || given.length > MOST_WORDS)
    throw new InputError(
      `${label}: words: expected a list of at most 2^26 numbers, got ${typeName(list)}`,
      where,
    )
  const size = bits / 8
  const bytes = new Uint8Array(given.length * size)
  for (let index = 0; index < given.length; index++) {
    const word = given[index]
    const isWhole = typeof word === 'bigint' || Number.isSafeInteger(word)
    const value = isWhole ? BigInt(word as number) : 0n
    if (!isWhole || value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits))
      throw new InputError(`${label}: word ${index}: expected ${bits} bits, got ${String(word)}`, where)
    for (let byte = 0; byte < size; byte++)
      bytes[index * size + byte] = Number((value >> BigInt(8 * byte)) & 255n)
  }
  return bytes
}

/** What a function of the configuration gives. @param on the layer or layers that it was called for. @throws InputError if it fails */
export function callFor<Value>(name: string, call: () => Value, where: string, on: string): Value {
  try {
    return call()
  } catch (error) {
    if (error instanceof InputError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new InputError(`${name}: the function failed on ${on}: ${message}`, where, '', { cause: error })
  }
}
