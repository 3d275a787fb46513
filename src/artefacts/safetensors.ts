/** The `.safetensors` format. */
import * as v from 'valibot'
import { type Checked, check, checkJson, openObject, recordOf, tupleOf, whole } from '../input/schema.ts'
import {
  ArtefactError,
  countElements,
  dataBytes,
  elementType,
  findType,
  type Tensor,
  tensorFrom,
} from './tensor.ts'

/** The names and what belongs to the file as a whole. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Free text by key. */
  readonly metadata: ReadonlyMap<string, string>
}

/** The format's own limit, against headers that exhaust memory. */
const MAX_HEADER = 100_000_000
const METADATA = '__metadata__'

const ENTRY = openObject({
  dtype: v.string(),
  shape: v.array(whole(0)),
  data_offsets: tupleOf(whole(0), whole(0)),
})
/** All properties but one are tensors, and a person may have named them. */
const TENSORS = recordOf(v.unknown())
const TEXTS = recordOf(v.string())

/**
 * A `.safetensors` file: 8 bytes of header length (little-endian), a JSON header padded with spaces to a multiple of 8,
 * the data without a gap. Larger elements come first, so that every tensor is aligned to its element.
 * @throws ArtefactError if shape and data disagree, or a tensor is called `__metadata__`
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  if (tensors.has(METADATA))
    throw new ArtefactError(`safetensors: no tensor can be called ${METADATA}; rename it`)
  const typed = Array.from(tensors, ([name, tensor]) => ({ name, tensor, type: elementType(name, tensor) }))
  typed.sort((one, other) => other.type.bytes - one.type.bytes)
  const entries: [string, unknown][] = metadata.size === 0 ? [] : [[METADATA, Object.fromEntries(metadata)]]
  const chunks: Uint8Array[] = []
  let begin = 0
  for (const { name, tensor, type } of typed) {
    const end = begin + tensor.data.byteLength
    entries.push([name, { dtype: type.safetensors, shape: tensor.shape, data_offsets: [begin, end] }])
    chunks.push(dataBytes(tensor))
    begin = end
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  header.set(json, 8)
  return Buffer.concat([header, ...chunks])
}

/**
 * Tensors come in the order of their data.
 * @throws InputError on a header that is none, ArtefactError on an unknown type, or data that overlap or leave a gap
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = file.length < 8 ? 0n : file.readBigUInt64LE()
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER, file.length - 8)))
    throw new ArtefactError(
      `safetensors: expected a header within the file's ${file.length} bytes, received ${length} bytes`,
    )
  const begin = 8 + Number(length)
  const { [METADATA]: texts = {}, ...entries } = parseHeader(file.toString('utf8', 8, begin))
  const metadata = new Map(Object.entries(check(TEXTS, texts, `safetensors: ${METADATA}`)))
  const spans = Object.entries(entries).map(([name, entry]) => toSpan(name, entry))
  spans.sort((one, other) => one.begin - other.begin || one.end - other.end)
  const tensors = new Map<string, Tensor>()
  let next = 0
  for (const span of spans) {
    if (span.begin !== next)
      throw new ArtefactError(
        `safetensors: ${span.name}: expected data from byte ${next} on, received ${span.begin}`,
      )
    next = span.end
    if (begin + next > file.length)
      throw new ArtefactError(
        `safetensors: ${span.name}: expected data up to byte ${next}, the file has ${file.length - begin}`,
      )
    tensors.set(span.name, span.read(file.subarray(begin + span.begin, begin + span.end)))
  }
  if (begin + next !== file.length)
    throw new ArtefactError(`safetensors: expected ${next} bytes of data, received ${file.length - begin}`)
  return { tensors, metadata }
}

interface Span {
  readonly name: string
  readonly begin: number
  readonly end: number
  readonly read: (bytes: Uint8Array) => Tensor
}

function parseHeader(text: string): Checked<typeof TENSORS> {
  if (!text.startsWith('{'))
    throw new ArtefactError(
      `safetensors: expected a header that begins with {, received ${JSON.stringify(text.slice(0, 40))}`,
    )
  return checkJson(TENSORS, text, 'safetensors', '')
}

function toSpan(name: string, entry: unknown): Span {
  const { dtype, shape, data_offsets: offsets } = check(ENTRY, entry, `safetensors: ${name}`)
  const type = findType('safetensors', dtype)
  if (type === undefined)
    throw new ArtefactError(
      `safetensors: ${name}: expected I8 to I64, U8 to U64, F32 or F64, received ${dtype}`,
    )
  const [begin, end] = offsets
  const size = countElements(name, shape) * type.bytes
  if (end - begin !== size)
    throw new ArtefactError(
      `safetensors: ${name}: expected ${size} bytes for shape [${shape}], received ${end - begin}`,
    )
  return { name, begin, end, read: (bytes) => tensorFrom(type, shape, bytes) }
}
