/** This cache keeps one small file per finished image, by content, so that an interrupted run continues where it stopped. */
import { join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, type Checked, listOf, openObject, real, whole } from '../../input/schema.ts'
import { readCached, writeCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { PACKED, type StageRecord } from './stages.ts'

/** Part of every key. It rises when what a stage computes changes, so that no older boxes are found. */
const VERSION = 3

/** The folder of a stage. Its name covers everything but the image. */
export const stageFolder = (root: string, stage: string, parts: readonly unknown[]): string =>
  join(root, `${stage}-${sha256(JSON.stringify([VERSION, stage, ...parts])).slice(0, 24)}`)

export const recordPath = (folder: string, imageHash: string): string =>
  join(folder, `${imageHash.slice(0, 40)}.boxes`)

const HEADER = openObject({
  /** Number of boxes at each operating point. */
  counts: listOf(whole(0, 2 ** 24)),
  record: openObject({
    candidates: whole(0, 2 ** 32),
    mismatch: v.nullable(v.string()),
    cycles: real(),
    seconds: real(),
  }),
})

/** A record starts with this many bytes of the SHA-256 of the rest, so that a flipped bit is noticed. */
const SUM_BYTES = 8
const BEGIN = SUM_BYTES + 4

/** A record is the checksum, four bytes of header length, a JSON header padded to a multiple of four, and float32 boxes; little-endian. */
export function encodeRecord({ boxes, ...record }: StageRecord): Uint8Array {
  const header: Checked<typeof HEADER> = { counts: boxes.map((packed) => packed.length / PACKED), record }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(text.length / 4) * 4
  const total = boxes.reduce((sum, packed) => sum + packed.byteLength, 0)
  const file = new Uint8Array(BEGIN + length + total).fill(0x20, BEGIN, BEGIN + length)
  new DataView(file.buffer).setUint32(SUM_BYTES, length, true)
  file.set(text, BEGIN)
  let at = BEGIN + length
  for (const packed of boxes) {
    file.set(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength), at)
    at += packed.byteLength
  }
  file.set(sumOf(file))
  return file
}

const sumOf = (file: Uint8Array): Uint8Array =>
  Buffer.from(sha256(file.subarray(SUM_BYTES)), 'hex').subarray(0, SUM_BYTES)

/** Returns null for a damaged or foreign file, whose image then runs again. */
export function decodeRecord(file: Uint8Array): StageRecord | null {
  if (file.length < BEGIN) return null
  const bytes = new Uint8Array(file)
  if (Buffer.compare(sumOf(bytes), bytes.subarray(0, SUM_BYTES)) !== 0) return null
  const length = new DataView(bytes.buffer).getUint32(SUM_BYTES, true)
  if (length % 4 !== 0 || BEGIN + length > bytes.length) return null
  const header = acceptJson(HEADER, new TextDecoder().decode(bytes.subarray(BEGIN, BEGIN + length)))
  if (header === null) return null
  const { counts, record } = header
  let at = BEGIN + length
  if (at + counts.reduce((sum, count) => sum + 4 * PACKED * count, 0) !== bytes.length) return null
  const boxes = counts.map((count) => {
    const packed = new Float32Array(bytes.buffer, at, PACKED * count)
    at += packed.byteLength
    return packed
  })
  return { ...record, boxes }
}

export async function readRecord(path: string): Promise<StageRecord | null> {
  const file = await readCached(path)
  return file === null ? null : decodeRecord(file)
}

/** SHA-256 of several records, by the checksum that each begins with. */
export async function digestRecords(paths: readonly string[]): Promise<string> {
  const sums: Uint8Array[] = []
  for (const path of paths) sums.push((await readCached(path))?.subarray(0, SUM_BYTES) ?? new Uint8Array())
  return sha256(Buffer.concat(sums))
}

export const writeRecord = (path: string, record: StageRecord): Promise<void> =>
  writeCached(path, encodeRecord(record))
