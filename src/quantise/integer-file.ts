/**
 * An integer graph as one file: eight bytes of header length (little-endian), a JSON header, the arrays. The bytes depend on nothing but
 * the graph, so their SHA-256 names the model (`modelId`).
 */
import { createHash } from 'node:crypto'
import type { IntegerGraph } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { checkIntegerGraph } from './integer-check.ts'

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Float64Array,
} as const
type ArrayName = keyof typeof ARRAYS

const FORMAT = 'assay integer graph'
const VERSION = 1
/** Arrays start at multiples of this, so that they can be views. */
const ALIGNMENT = 8

interface ArrayReference {
  readonly $array: ArrayName
  readonly offset: number
  readonly length: number
}

export function writeIntegerGraph(graph: IntegerGraph): Uint8Array {
  const chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = []
  let size = 0
  const body = JSON.stringify({ format: FORMAT, version: VERSION, graph }, (_key, value: unknown) => {
    if (value instanceof Map) return { $map: [...value] }
    if (!ArrayBuffer.isView(value) || value instanceof DataView) return value
    const array = value as Uint8Array
    const offset = size
    chunks.push({ offset, bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) })
    size = Math.ceil((offset + array.byteLength) / ALIGNMENT) * ALIGNMENT
    return {
      $array: array.constructor.name as ArrayName,
      offset,
      length: array.length,
    } satisfies ArrayReference
  })
  const header = new TextEncoder().encode(body)
  const begin = Math.ceil((8 + header.length) / ALIGNMENT) * ALIGNMENT
  const file = new Uint8Array(begin + size)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  for (const { offset, bytes } of chunks) file.set(bytes, begin + offset)
  return file
}

/** @throws InputError if the file is not one of ours, is cut short, has another version, or does not describe an integer graph. */
export function readIntegerGraph(file: Uint8Array, where: string): IntegerGraph {
  const advice = 'Delete it and run the command again.'
  const refuse = (what: string): never => {
    throw new InputError(what, where, advice)
  }
  if (file.length < 8) return refuse(`expected a quantised model, got ${file.length} bytes`)
  // A Buffer's own `slice` is a view.
  const bytes = file.byteOffset % ALIGNMENT === 0 ? file : new Uint8Array(file)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const begin = Math.ceil((8 + length) / ALIGNMENT) * ALIGNMENT
  if (begin > bytes.length) return refuse(`the header says ${length} bytes, the file has ${bytes.length}`)
  const revive = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if ('$map' in value) return readMap(value.$map, refuse)
    if (!('$array' in value)) return value
    const { $array: name, offset, length: count } = value as ArrayReference
    if (!Object.hasOwn(ARRAYS, name)) return refuse(`unknown array type ${String(name).slice(0, 40)}`)
    const type = ARRAYS[name]
    if (![offset, count].every((size) => Number.isSafeInteger(size) && size >= 0) || offset % ALIGNMENT !== 0)
      return refuse('an array does not begin and end at whole elements')
    if (begin + offset + count * type.BYTES_PER_ELEMENT > bytes.length)
      return refuse('an array ends after the file')
    return new type(bytes.buffer as ArrayBuffer, bytes.byteOffset + begin + offset, count)
  }
  let parsed: { format?: string; version?: number; graph?: IntegerGraph }
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)), revive)
  } catch (error) {
    if (error instanceof InputError) throw error
    return refuse('the header is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null) return refuse('the header is not an object')
  if (parsed.format !== FORMAT || parsed.version !== VERSION || parsed.graph === undefined)
    return refuse(
      `expected ${FORMAT} version ${VERSION}, got ${describe(parsed.format)} version ${describe(parsed.version)}`,
    )
  return checkIntegerGraph(parsed.graph, where, advice)
}

const describe = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 40) : typeof value

function readMap(entries: unknown, refuse: (what: string) => never): ReadonlyMap<unknown, unknown> {
  const isMap = Array.isArray(entries) && entries.every((pair) => Array.isArray(pair) && pair.length === 2)
  return isMap ? new Map(entries as [unknown, unknown][]) : refuse('a map is not a list of pairs')
}

/** First 32 bits of the SHA-256 of the file, big-endian: the id that program and parameter ROM carry. */
export function modelIdOf(file: Uint8Array): number {
  return createHash('sha256').update(file).digest().readUInt32BE(0)
}
