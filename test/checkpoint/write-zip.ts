/** Writes zip archives as torch does: stored entries, local headers without sizes. Fields can be falsified. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipInput {
  readonly name: string
  readonly data: Uint8Array
  readonly deflate?: boolean
  /** Instead of the true checksum. */
  readonly crc?: number
  /** Instead of the true size. */
  readonly inflatedSize?: number
  readonly flags?: number
}

/** The bytes of the archive. */
export function writeZip(entries: readonly ZipInput[]): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  const append = (part: Buffer): void => {
    parts.push(part)
    offset += part.length
  }
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const data = Buffer.from(entry.deflate ? deflateRawSync(entry.data) : entry.data)
    const method = entry.deflate ? 8 : 0
    const begin = offset
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(name.length, 26)
    append(local)
    append(name)
    append(data)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(entry.flags ?? 0, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(entry.crc ?? crc32(entry.data), 16)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(entry.inflatedSize ?? entry.data.length, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(begin, 42)
    directory.push(central, name)
  }
  const start = offset
  for (const part of directory) append(part)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(offset - start, 12)
  end.writeUInt32LE(start, 16)
  return new Uint8Array(Buffer.concat([...parts, end]))
}
