/**
 * Reads zip archives from memory, through their central directory: the local headers that torch writes have no sizes. Stored
 * entries are views of the file's bytes. Nothing is inflated before its size has been checked.
 */
import { crc32, inflateRawSync } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { InputError } from '../input/input-error.ts'
import { refuseForeign } from './foreign.ts'

export interface ZipArchive {
  /** Entry names in the order of the central directory. */
  readonly names: readonly string[]
  /** The entry's bytes, a view where it is stored; undefined if there is no such entry. Throws InputError if its checksum is wrong. */
  read(name: string): Uint8Array | undefined
}

interface ZipEntry {
  readonly data: Uint8Array
  readonly inflatedSize: number
  readonly deflated: boolean
  readonly crc: number
}

const MAX_ENTRIES = 65_536
/** Deflate cannot exceed 1032; a pickle that torch wrote shrinks to a tenth. */
const MAX_RATIO = 200
const MAX_INFLATED_BYTES = 2 ** 29
const STORED = 0
const DEFLATED = 8

/**
 * Lists an archive and checks every size in it.
 *
 * @param mostRatio how far an entry may inflate
 * @throws InputError for anything that is no sound zip archive, and for zip bombs
 */
export async function openZip(
  bytes: Uint8Array,
  fileName: string,
  mostRatio: number = MAX_RATIO,
): Promise<ZipArchive> {
  refuseForeign(bytes, fileName)
  const entries = new Map<string, ZipEntry>()
  try {
    const buffer = withoutTrailer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const zip = await fromBufferPromise(buffer, { autoClose: false })
    await listEntries(zip, bytes, fileName, entries, mostRatio)
    zip.close()
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error)
    throw new InputError(
      `the zip archive is damaged or cut short (${reason}, in ${bytes.length} bytes).`,
      fileName,
      'Copy or download the file again.',
      { cause: error },
    )
  }
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name)
      return entry && readEntry(entry, `${fileName}:${name}`)
    },
  }
}

/** Signature, size and longest comment of the record that ends an archive (APPNOTE 6.3.10, 4.3.16). */
const END = Buffer.from('PK\x05\x06', 'latin1')
const END_BYTES = 22
const MOST_COMMENT = 65_535

/** The archive without the bytes behind its end, which torch does not look at either. */
function withoutTrailer(bytes: Buffer): Buffer {
  const first = Math.max(0, bytes.length - END_BYTES - MOST_COMMENT)
  for (let at = bytes.length - END_BYTES + 1; at > first; ) {
    at = bytes.lastIndexOf(END, at - 1)
    if (at < first) break
    const end = at + END_BYTES + bytes.readUInt16LE(at + END_BYTES - 2)
    if (end <= bytes.length) return bytes.subarray(0, end)
  }
  return bytes
}

async function listEntries(
  zip: ZipFile,
  bytes: Uint8Array,
  fileName: string,
  entries: Map<string, ZipEntry>,
  mostRatio: number,
): Promise<void> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw new InputError(
      `the archive claims ${zip.entryCount} entries; at most ${MAX_ENTRIES} are read.`,
      fileName,
    )
  }
  let packedTotal = 0
  let inflatedTotal = 0
  for await (const entry of zip.eachEntry()) {
    const where = `${fileName}:${entry.fileName}`
    if (entries.has(entry.fileName)) throw new InputError('the archive has two entries of this name.', where)
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
    packedTotal += entry.compressedSize
    if (entry.compressionMethod === DEFLATED) inflatedTotal += entry.uncompressedSize
    checkEntry(entry, where, mostRatio)
    if (packedTotal > bytes.length || inflatedTotal > MAX_INFLATED_BYTES) {
      throw new InputError(
        `this is a zip bomb: its entries overlap or inflate beyond ${MAX_INFLATED_BYTES} bytes; nothing was unpacked.`,
        fileName,
      )
    }
    entries.set(entry.fileName, {
      data: bytes.subarray(fileDataStart, fileDataStart + entry.compressedSize),
      inflatedSize: entry.uncompressedSize,
      deflated: entry.compressionMethod === DEFLATED,
      crc: entry.crc32,
    })
  }
}

/** What yauzl leaves open: it refuses a stored entry of two sizes, and what ends beyond the file. */
function checkEntry(entry: Entry, where: string, mostRatio: number): void {
  const { compressedSize, uncompressedSize, compressionMethod } = entry
  if ((entry.generalPurposeBitFlag & 1) !== 0) throw new InputError('the entry is encrypted.', where)
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    throw new InputError(`expected a stored or deflated entry, got method ${compressionMethod}.`, where)
  }
  if (uncompressedSize > mostRatio * compressedSize) {
    throw new InputError(
      `this is a zip bomb: ${compressedSize} bytes claim to inflate to ${uncompressedSize}; nothing was unpacked.`,
      where,
    )
  }
}

function readEntry(entry: ZipEntry, where: string): Uint8Array {
  let data = entry.data
  if (entry.deflated) {
    try {
      data = inflateRawSync(data, { maxOutputLength: Math.max(entry.inflatedSize, 1) })
    } catch (error) {
      throw new InputError('the entry does not inflate to the size it claims.', where, '', { cause: error })
    }
    if (data.length !== entry.inflatedSize) {
      throw new InputError(`the entry inflates to ${data.length} bytes, not to ${entry.inflatedSize}.`, where)
    }
  }
  // torch.serialization.set_crc32_options(False) leaves the checksum out.
  if (entry.crc !== 0 && crc32(data) !== entry.crc) {
    throw new InputError('the checksum is wrong: the file is damaged.', where, 'Copy or download it again.')
  }
  return data
}
