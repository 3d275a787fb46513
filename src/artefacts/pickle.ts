/** Writes pickles that plain Python with NumPy loads. */
import { ArtefactError, dataBytes, elementType, type Tensor } from './tensor.ts'

/** What a pickle may hold: Python's None, bool, int (an integral number or a bigint), float, str, ndarray, list, dict. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | readonly PickleValue[]
  | ReadonlyMap<string, PickleValue>

export type PickleProtocol = 2 | 3 | 4

/**
 * A pickle that plain Python with NumPy 1 or 2 loads, e.g. a dict of arrays from a Map of tensors. Arrays are written as
 * NumPy's own: `numpy.core.multiarray._reconstruct` and a state; NumPy 2 keeps that name for old pickles, without a
 * warning. Opcodes are those of PEP 307 and PEP 3154; protocol 2 has no byte strings and takes up to twice the space.
 * @throws ArtefactError on a tensor whose shape and data disagree, or nesting deeper than 100
 */
export function writePickle(value: PickleValue, protocol: PickleProtocol = 4): Uint8Array {
  const chunks: Uint8Array[] = [Uint8Array.of(0x80, protocol)]
  putValue({ chunks, protocol, depth: 0 }, value, 'pickle')
  chunks.push(Buffer.from('.'))
  return Buffer.concat(chunks)
}

interface Writer {
  readonly chunks: Uint8Array[]
  readonly protocol: PickleProtocol
  readonly depth: number
}

function putValue(writer: Writer, value: PickleValue, where: string): void {
  if (writer.depth > 100) throw new ArtefactError(`${where}: expected at most 100 levels of nesting`)
  if (value === null) putText(writer, 'N')
  else if (typeof value === 'boolean') writer.chunks.push(Uint8Array.of(value ? 0x88 : 0x89))
  else if (typeof value === 'bigint') putInteger(writer, value)
  else if (typeof value === 'number') putNumber(writer, value)
  else if (typeof value === 'string') putString(writer, value)
  else if (value instanceof Map) putDict(writer, value, where)
  else if (isList(value)) putList(writer, value, where)
  else putArray(writer, value as Tensor, where)
}

function isList(value: PickleValue): value is readonly PickleValue[] {
  return Array.isArray(value)
}

/** EMPTY_DICT, MARK, key, value, …, SETITEMS. */
function putDict(writer: Writer, map: ReadonlyMap<string, PickleValue>, where: string): void {
  putText(writer, '}(')
  for (const [key, value] of map) {
    putString(writer, key)
    putValue({ ...writer, depth: writer.depth + 1 }, value, `${where}[${JSON.stringify(key)}]`)
  }
  putText(writer, 'u')
}

/** EMPTY_LIST, MARK, item, …, APPENDS. */
function putList(writer: Writer, list: readonly PickleValue[], where: string): void {
  putText(writer, '](')
  list.forEach((value, index) => {
    putValue({ ...writer, depth: writer.depth + 1 }, value, `${where}[${index}]`)
  })
  putText(writer, 'e')
}

/** `_reconstruct(ndarray, (0,), b'b')`, then BUILD with (1, shape, dtype, False, data). */
function putArray(writer: Writer, tensor: Tensor, where: string): void {
  const type = elementType(where, tensor)
  putText(writer, 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n')
  putInteger(writer, 0n)
  writer.chunks.push(Uint8Array.of(0x85))
  putBytes(writer, Buffer.from('b'))
  writer.chunks.push(Uint8Array.of(0x87))
  putText(writer, 'R(')
  putInteger(writer, 1n)
  putText(writer, '(')
  for (const size of tensor.shape) putInteger(writer, BigInt(size))
  putText(writer, 't')
  putType(writer, type.numpy, type.bytes)
  writer.chunks.push(Uint8Array.of(0x89))
  putBytes(writer, dataBytes(tensor))
  putText(writer, 'tb')
}

/** `dtype('f4', False, True)`, then BUILD with (3, '<', None, None, None, -1, -1, 0). */
function putType(writer: Writer, name: string, bytes: number): void {
  putText(writer, 'cnumpy\ndtype\n')
  putString(writer, name)
  writer.chunks.push(Uint8Array.of(0x89, 0x88, 0x87))
  putText(writer, 'R(')
  putInteger(writer, 3n)
  putString(writer, bytes === 1 ? '|' : '<')
  putText(writer, 'NNN')
  putInteger(writer, -1n)
  putInteger(writer, -1n)
  putInteger(writer, 0n)
  putText(writer, 'tb')
}

/** BINBYTES; in protocol 2, which has none, `_codecs.encode(text, 'latin1')`. */
function putBytes(writer: Writer, bytes: Uint8Array): void {
  if (writer.protocol === 2) {
    putText(writer, 'c_codecs\nencode\n')
    putString(writer, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
    putString(writer, 'latin1')
    writer.chunks.push(Uint8Array.of(0x86))
    putText(writer, 'R')
  } else writer.chunks.push(headed('B', bytes.length), bytes)
}

/** BINUNICODE. */
function putString(writer: Writer, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  writer.chunks.push(headed('X', bytes.length), bytes)
}

function headed(opcode: string, length: number): Uint8Array {
  if (length > 0xffff_ffff)
    throw new ArtefactError(`pickle: expected at most 4 GiB in one item, received ${length} bytes`)
  const head = Buffer.from(`${opcode}....`, 'latin1')
  head.writeUInt32LE(length, 1)
  return head
}

function putNumber(writer: Writer, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) putInteger(writer, BigInt(value))
  else {
    const bytes = Buffer.from('G........', 'latin1')
    bytes.writeDoubleBE(value, 1)
    writer.chunks.push(bytes)
  }
}

/** BININT within 32 bits, else LONG1: two's complement, least significant byte first. */
function putInteger(writer: Writer, value: bigint): void {
  if (BigInt.asIntN(32, value) === value) {
    const bytes = Buffer.from('J....', 'latin1')
    bytes.writeInt32LE(Number(value), 1)
    writer.chunks.push(bytes)
    return
  }
  let length = 5
  while (length < 256 && BigInt.asIntN(8 * length, value) !== value) length++
  if (length > 255) throw new ArtefactError('pickle: expected an integer of at most 255 bytes')
  const bytes = Buffer.alloc(2 + length)
  bytes[0] = 0x8a
  bytes[1] = length
  for (let at = 0; at < length; at++) bytes[2 + at] = Number((value >> BigInt(8 * at)) & 0xffn)
  writer.chunks.push(bytes)
}

function putText(writer: Writer, opcodes: string): void {
  writer.chunks.push(Buffer.from(opcodes, 'latin1'))
}
