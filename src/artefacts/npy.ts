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

/**
 * Reads format 1.0, 2.0 and 3.0, C order, little-endian integers and floats of 1 to 8 bytes.
 * @throws ArtefactError on anything else, with what to do in NumPy
 */
export function readNpy(bytes: Uint8Array): Tensor {
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
  if (end > file.length)
    throw new ArtefactError(`npy: expected a header of ${end} bytes, the file has ${file.length}`)
  const { descr, fortran, shape } = readHeader(file.toString('latin1', begin, end))
  const type = /^[<|]/.test(descr) ? findType('numpy', descr.slice(1)) : undefined
  if (type === undefined)
    throw new ArtefactError(
      `npy: expected little-endian integers or floats of 1 to 8 bytes, received '${descr}'; use .astype`,
    )
  if (fortran && shape.length > 1)
    throw new ArtefactError('npy: expected C order, received Fortran order; use numpy.ascontiguousarray')
  const size = countElements('npy', shape) * type.bytes
  if (file.length - end !== size)
    throw new ArtefactError(
      `npy: expected ${size} bytes of data for shape [${shape}], received ${file.length - end}`,
    )
  return tensorFrom(type, shape, file.subarray(end))
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
