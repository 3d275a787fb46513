/**
 * An integer graph as one file: eight bytes of header length (little-endian), a JSON header, the arrays. The bytes depend on nothing but
 * the graph, so their SHA-256 names the model (`modelId`).
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { IntegerGraph } from '../golden/types.ts'
import { InputError } from '../input/input-error.ts'
import { check, openObject, tupleOf, whole } from '../input/schema.ts'
import { parseStrictJson, type Revive } from '../input/strict-json.ts'
import { checkIntegerGraph } from './integer-check.ts'

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const
const FORMAT = 'assay integer graph'
const VERSION = 1
/** Arrays start at multiples of this, so that they can be views. */
const ALIGNMENT = 8

const HEADER = openObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  graph: openObject({}),
})
const REFERENCE = openObject({
  $array: v.picklist(Object.keys(ARRAYS) as (keyof typeof ARRAYS)[]),
  offset: v.pipe(whole(0), v.multipleOf(ALIGNMENT, `a multiple of ${ALIGNMENT}`)),
  length: whole(0),
})
const PAIRS = v.array(tupleOf(v.unknown(), v.unknown()))

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
    return { $array: array.constructor.name, offset, length: array.length }
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
  const revive: Revive = (_key, value) => {
    if (typeof value !== 'object' || value === null) return value
    if ('$map' in value) return new Map(check(PAIRS, value.$map, `${where}: a map`, advice))
    if (!('$array' in value)) return value
    const { $array: name, offset, length: count } = check(REFERENCE, value, `${where}: an array`, advice)
    const type = ARRAYS[name]
    if (begin + offset + count * type.BYTES_PER_ELEMENT > bytes.length)
      return refuse('an array ends after the file')
    return new type(bytes.buffer as ArrayBuffer, bytes.byteOffset + begin + offset, count)
  }
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length))
  const { graph } = check(HEADER, parseStrictJson(header, where, advice, revive), where, advice)
  return checkIntegerGraph(graph, where, advice)
}

/** First 32 bits of the SHA-256 of the file, big-endian: the id that program and parameter ROM carry. */
export function modelIdOf(file: Uint8Array): number {
  return createHash('sha256').update(file).digest().readUInt32BE(0)
}
