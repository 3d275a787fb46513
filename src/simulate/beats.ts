/** Beats of a stream as bytes, and back. */
import type { StreamPorts } from './boundary/types.ts'

/** One beat of a stream: a value for every field, as the ports take them. */
export type Beat = Readonly<Record<string, number | bigint>>

/** Bytes of a packed beat: its fields in port order, each little-endian and padded to whole bytes. */
export function countBeatBytes({ fields }: StreamPorts): number {
  return fields.reduce((sum, { port }) => sum + Math.ceil(port.width / 8), 0)
}

/**
 * Packs beats: see `countBeatBytes`.
 *
 * @throws TypeError for a field that is missing or unknown; RangeError for a value that does not fit.
 */
export function packBeats(stream: StreamPorts, beats: readonly Beat[]): Uint8Array {
  const names = stream.fields.map(({ name }) => name)
  const bytes = new Uint8Array(countBeatBytes(stream) * beats.length)
  let at = 0
  beats.forEach((beat, index) => {
    const unknown = Object.keys(beat).find((name) => !names.includes(name))
    if (unknown !== undefined) {
      throw new TypeError(
        `Expected the fields ${names.join(', ')} in beat ${index} of ${stream.name}, got ${unknown}`,
      )
    }
    for (const { name, port } of stream.fields) {
      const value = beat[name]
      if (value === undefined) {
        throw new TypeError(
          `Expected field ${name} in beat ${index} of ${stream.name}, got ${Object.keys(beat)}`,
        )
      }
      const { width, signed } = port
      if (typeof value === 'number' && !Number.isInteger(value)) throw rangeError(stream, index, name, value)
      const wide = BigInt(value)
      if ((signed ? BigInt.asIntN(width, wide) : BigInt.asUintN(width, wide)) !== wide) {
        throw rangeError(stream, index, name, value)
      }
      let bits = BigInt.asUintN(width, wide)
      for (let left = Math.ceil(width / 8); left > 0; left--) {
        bytes[at++] = Number(bits & 255n)
        bits >>= 8n
      }
    }
  })
  return bytes
}

/** Unpacks whole beats; numbers up to 53 bits, bigints above, signed as declared. */
export function unpackBeats(stream: StreamPorts, bytes: Uint8Array, count: number): Beat[] {
  let at = 0
  return Array.from({ length: count }, () => {
    const beat: Record<string, number | bigint> = {}
    for (const { name, port } of stream.fields) {
      const { width, signed } = port
      const size = Math.ceil(width / 8)
      let bits = 0n
      for (let i = size - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(bytes[at + i]!)
      at += size
      if (signed) bits = BigInt.asIntN(width, bits)
      beat[name] = width <= 53 ? Number(bits) : bits
    }
    return beat
  })
}

function rangeError(stream: StreamPorts, index: number, name: string, value: number | bigint): RangeError {
  const { width, signed } = stream.fields.find((field) => field.name === name)!.port
  const kind = `${signed ? 'a signed' : 'an unsigned'} integer of ${width} bits`
  return new RangeError(`Expected ${kind} for ${name} in beat ${index} of ${stream.name}, got ${value}`)
}
