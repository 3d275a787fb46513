/** NumPy's `.npy` files. */
import {
  ArtefactError,
  countElements,
  dataBytes,
  elementType,
  findType,
  type Tensor,
  tensorFrom,
} from './tensor.ts'

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)

/**
 * A `.npy` file of format 1.0 (NumPy, NEP 1): magic, version, header length, a Python dict padded with spaces so that
 * the data begin at a multiple of 64, the data in C order.
 * @throws ArtefactError if shape and data disagree
 */
export function writeNpy(tensor: Tensor): Uint8Array {
  const type = elementType('npy', tensor)
  const dict = `{'descr': '${byteOrder(type.bytes)}${type.numpy}', 'fortran_order': False, 'shape': ${pythonTuple(tensor.shape)}, }`
  const header = dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11, ' ')
  const head = Buffer.alloc(10 + header.length + 1)
  head.set(MAGIC)
  head.writeUInt8(1, 6)
  head.writeUInt16LE(header.length + 1, 8)
  head.write(`${header}\n`, 10, 'latin1')
  return Buffer.concat([head, dataBytes(tensor)])
}

/** A file as its header describes it. */
export interface NpyFile {
  /** As NumPy writes a type: `<i2`. */
  readonly descr: string
  readonly fortran: boolean
  readonly shape: readonly number[]
  /** Bytes of an element. */
  readonly size: number
  readonly data: Uint8Array
}

/** NumPy itself reads no header of more than 10,000 characters unless it is told to. */
const MOST_HEADER = 65_536

/**
 * Reads format 1.0, 2.0 and 3.0 of any plain type, order of bytes and order of axes.
 * @throws ArtefactError on anything else
 */
export function parseNpy(bytes: Uint8Array): NpyFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (file.length < 12 || Buffer.compare(file.subarray(0, 6), MAGIC) !== 0)
    throw new ArtefactError(
      `npy: expected \\x93NUMPY, received ${JSON.stringify(file.toString('latin1', 0, 6))}`,
    )
  const version = file[6]!
  if (version < 1 || version > 3)
    throw new ArtefactError(`npy: expected format 1.0 to 3.0, received ${version}.${file[7]}`)
  const begin = version === 1 ? 10 : 12
  const end = begin + (version === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8))
  if (end > file.length || end > MOST_HEADER + begin)
    throw new ArtefactError(`npy: expected a header of ${end} bytes, the file has ${file.length}`)
  const { descr, fortran, shape } = readHeader(file.toString('latin1', begin, end))
  const size = Number(/^[<>|=][a-zA-Z](\d{1,4})$/.exec(descr)?.[1] ?? Number.NaN)
  if (!(size > 0))
    throw new ArtefactError(`npy: descr: expected a plain type such as '<i2', received '${descr}'`)
  const data = file.subarray(end)
  const needed = countElements('npy', shape) * size
  if (data.length !== needed)
    throw new ArtefactError(
      `npy: expected ${needed} bytes of data for shape [${shape}], received ${data.length}`,
    )
  return { descr, fortran, shape, size, data }
}

/**
 * Reads C order, little-endian integers and floats of 1 to 8 bytes.
 * @throws ArtefactError on anything else, with what to do in NumPy
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const { descr, fortran, shape, data } = parseNpy(bytes)
  const type = /^[<|]/.test(descr) ? findType('numpy', descr.slice(1)) : undefined
  if (type === undefined)
    throw new ArtefactError(
      `npy: expected little-endian integers or floats of 1 to 8 bytes, received '${descr}'; use .astype`,
    )
  if (fortran && shape.length > 1)
    throw new ArtefactError('npy: expected C order, received Fortran order; use numpy.ascontiguousarray')
  return tensorFrom(type, shape, data)
}

function readHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1]
  if (descr === undefined || fortran === undefined || shape === undefined)
    throw new ArtefactError(
      `npy: expected a header with descr, fortran_order and shape, received ${JSON.stringify(text.trim())}`,
    )
  const sizes = shape.split(',').map((size) => size.trim())
  return { descr, fortran: fortran === 'True', shape: sizes.filter((size) => size !== '').map(Number) }
}

/** One byte has no order. */
function byteOrder(bytes: number): '|' | '<' {
  return bytes === 1 ? '|' : '<'
}

function pythonTuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
}
