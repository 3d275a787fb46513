/** A bounded cursor over a pickle's bytes. */
import { InputError } from '../input/input-error.ts'

export interface ByteReader {
  position(): number
  byte(): number
  uint16(): number
  int32(): number
  uint32(): number
  /** Throws if the number is beyond 2^53. */
  uint64(): number
  float64BigEndian(): number
  /** A two's complement integer of `size` bytes; a bigint only beyond 2^53. */
  long(size: number): number | bigint
  text(size: number): string
  latin1(size: number): string
  /** A view. */
  bytes(size: number): Uint8Array
  /** Up to the next newline, which is consumed. */
  line(): string
}

const MAX_LONG_BYTES = 256
const MAX_LINE_BYTES = 1024

/** Throws InputError wherever more is read than there is. */
export function createByteReader(bytes: Uint8Array, where: string): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const utf8 = new TextDecoder('utf-8')
  let at = 0

  function take(size: number): number {
    const begin = at
    if (size > bytes.length - begin) {
      throw new InputError(
        `the pickle ends at byte ${bytes.length}, but ${size} more are needed from byte ${begin}.`,
        where,
        'The file is damaged; copy or download it again.',
      )
    }
    at = begin + size
    return begin
  }

  function takeBytes(size: number): Uint8Array {
    const begin = take(size)
    return bytes.subarray(begin, begin + size)
  }

  return {
    position: () => at,
    byte: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    int32: () => view.getInt32(take(4), true),
    uint32: () => view.getUint32(take(4), true),
    uint64() {
      const value = view.getBigUint64(take(8), true)
      if (value > BigInt(Number.MAX_SAFE_INTEGER))
        throw new InputError(`a size of ${value} bytes is claimed.`, where)
      return Number(value)
    },
    float64BigEndian: () => view.getFloat64(take(8), false),
    long(size) {
      if (size > MAX_LONG_BYTES) throw new InputError(`an integer of ${size} bytes is claimed.`, where)
      const digits = takeBytes(size)
      let value = 0n
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] ?? 0)
      value = BigInt.asIntN(size * 8, value)
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    },
    text: (size) => utf8.decode(takeBytes(size)),
    latin1: (size) => toLatin1(takeBytes(size)),
    bytes: takeBytes,
    line() {
      const length = bytes.subarray(at, at + MAX_LINE_BYTES).indexOf(10)
      if (length < 0) throw new InputError(`the name at byte ${at} of the pickle has no end.`, where)
      const text = toLatin1(takeBytes(length))
      take(1)
      return text
    },
  }
}

/** One byte per character (ISO 8859-1, which TextDecoder's `latin1` is not). */
function toLatin1(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
}
