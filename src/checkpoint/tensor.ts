/** Tensors as a checkpoint stores them: a typed storage and a strided view of it. */
import { InputError } from '../input/input-error.ts'

export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'

export const ITEM_BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** Elements at `offset + Σ index · stride` of a little-endian storage; all counts are in elements. */
export interface Tensor {
  readonly kind: 'tensor'
  readonly dtype: DType
  /** Empty for a single number. */
  readonly shape: readonly number[]
  readonly stride: readonly number[]
  readonly offset: number
  /** A view of the file's bytes. */
  readonly storage: Uint8Array
}

/** Number of elements. */
export function countElements(tensor: Tensor): number {
  return tensor.shape.reduce((product, dim) => product * dim, 1)
}

/** Throws InputError unless the shape is sound and every element lies inside the storage. */
export function checkTensor(tensor: Tensor, where: string): void {
  const { shape, stride, offset, dtype, storage } = tensor
  const numbers = [offset, ...shape, ...stride]
  if (
    shape.length !== stride.length ||
    shape.length > 8 ||
    !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)
  ) {
    throw new InputError(`a tensor has shape [${shape}], stride [${stride}] and offset ${offset}.`, where)
  }
  if (shape.includes(0)) return
  const last = shape.reduce((sum, dim, axis) => sum + (dim - 1) * (stride[axis] ?? 0), offset)
  const available = Math.floor(storage.length / ITEM_BYTES[dtype])
  if (!(last < available)) {
    throw new InputError(
      `a tensor of shape [${shape}] reaches element ${last} of a storage of ${available} ${dtype} elements.`,
      where,
      'The file is damaged; copy or download it again.',
    )
  }
}

/** The elements in C order, widened or rounded to float32. Throws InputError for a view that repeats elements of a smaller storage. */
export function toFloat32(tensor: Tensor, where = 'tensor'): Float32Array {
  const count = checkedCount(tensor, where)
  if (isContiguous(tensor)) return widenRun(tensor, count)
  const out = new Float32Array(count)
  const read = elementReader(tensor)
  let i = 0
  for (const at of elementPlaces(tensor, count)) out[i++] = read(at)
  return out
}

/** The elements of an integer tensor in C order, exact. */
export function toInt64(tensor: Tensor, where = 'tensor'): BigInt64Array {
  if (tensor.dtype !== 'int64') return BigInt64Array.from(toDoubles(tensor, where), BigInt)
  const { storage } = tensor
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength)
  const count = checkedCount(tensor, where)
  const out = new BigInt64Array(count)
  let i = 0
  for (const at of elementPlaces(tensor, count)) out[i++] = view.getBigInt64(at * 8, true)
  return out
}

function toDoubles(tensor: Tensor, where: string): Float64Array {
  const count = checkedCount(tensor, where)
  const read = elementReader(tensor)
  const out = new Float64Array(count)
  let i = 0
  for (const at of elementPlaces(tensor, count)) out[i++] = read(at)
  return out
}

/** Where in the storage each element is, in C order. */
function* elementPlaces(tensor: Tensor, count: number): Generator<number> {
  const index = tensor.shape.map(() => 0)
  let at = tensor.offset
  for (let i = 0; i < count; i++) {
    yield at
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const step = tensor.stride[axis] ?? 0
      const next = (index[axis] ?? 0) + 1
      at += step
      if (next < (tensor.shape[axis] ?? 0)) {
        index[axis] = next
        break
      }
      at -= step * next
      index[axis] = 0
    }
  }
}

function checkedCount(tensor: Tensor, where: string): number {
  const count = countElements(tensor)
  if (count <= tensor.storage.length / ITEM_BYTES[tensor.dtype]) return count
  throw new InputError(
    `a tensor of shape [${tensor.shape}] repeats the elements of a smaller storage.`,
    where,
  )
}

/** True if C order is the storage's order. */
export function isContiguous(tensor: Tensor): boolean {
  let expected = 1
  for (let axis = tensor.shape.length - 1; axis >= 0; axis--) {
    const dim = tensor.shape[axis] ?? 1
    if (dim !== 1 && tensor.stride[axis] !== expected) return false
    expected *= dim
  }
  return true
}

/** The fast path of nearly every weight: one run of the storage. */
function widenRun({ dtype, storage, offset }: Tensor, count: number): Float32Array {
  const begin = offset * ITEM_BYTES[dtype]
  // A copy is aligned, whatever the view was.
  const bytes = new Uint8Array(storage.subarray(begin, begin + count * ITEM_BYTES[dtype]))
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, count)
  const out = new Float32Array(count)
  if (dtype === 'float16') {
    const table = halfTable()
    const halfwords = new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    for (let i = 0; i < count; i++) out[i] = table[halfwords[i]!]!
    return out
  }
  const read = elementReader({
    kind: 'tensor',
    dtype,
    storage: bytes,
    shape: [count],
    stride: [1],
    offset: 0,
  })
  for (let i = 0; i < count; i++) out[i] = read(i)
  return out
}

function elementReader(tensor: Tensor): (element: number) => number {
  const { storage } = tensor
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength)
  switch (tensor.dtype) {
    case 'float16': {
      const table = halfTable()
      return (i) => table[view.getUint16(i * 2, true)] ?? 0
    }
    case 'bfloat16': {
      const word = new Uint32Array(1)
      const real = new Float32Array(word.buffer)
      return (i) => {
        word[0] = view.getUint16(i * 2, true) << 16
        return real[0] ?? 0
      }
    }
    case 'float64':
      return (i) => view.getFloat64(i * 8, true)
    case 'float32':
      return (i) => view.getFloat32(i * 4, true)
    case 'int64':
      return (i) => Number(view.getBigInt64(i * 8, true))
    case 'int32':
      return (i) => view.getInt32(i * 4, true)
    case 'int16':
      return (i) => view.getInt16(i * 2, true)
    case 'int8':
      return (i) => view.getInt8(i)
    case 'uint8':
      return (i) => view.getUint8(i)
    case 'bool':
      return (i) => (view.getUint8(i) === 0 ? 0 : 1)
  }
}

let halves: Float32Array | null = null

/** The value of each of the 65536 half-precision numbers (IEEE 754 binary16). */
function halfTable(): Float32Array {
  if (halves) return halves
  halves = new Float32Array(65536)
  for (let exponent = 0; exponent < 32; exponent++) {
    const step = 2 ** (Math.max(exponent, 1) - 25)
    const implied = exponent === 0 ? 0 : 1024
    for (let fraction = 0; fraction < 1024; fraction++) {
      const finite = (implied + fraction) * step
      const value = exponent < 31 ? finite : fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
      halves[exponent * 1024 + fraction] = value
      halves[32768 + exponent * 1024 + fraction] = -value
    }
  }
  return halves
}
