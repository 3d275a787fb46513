/** A tensor as ML tools exchange it: a typed array with a shape, in C order, little-endian as bytes. */

export type TensorData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

export interface Tensor {
  /** C order; `[]` is one element without a dimension. */
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** How one element type is called by NumPy and by safetensors. */
export interface ElementType {
  /** NumPy's kind and bytes, without the byte order. */
  readonly numpy: string
  readonly safetensors: string
  readonly bytes: number
  readonly make: (buffer: ArrayBuffer) => TensorData
}

/** A refused artefact: what was expected, what came, where. */
export class ArtefactError extends Error {
  override readonly name = 'ArtefactError'
}

const TYPES: readonly (readonly [string, ElementType])[] = [
  ['Int8Array', { numpy: 'i1', safetensors: 'I8', bytes: 1, make: (buffer) => new Int8Array(buffer) }],
  ['Uint8Array', { numpy: 'u1', safetensors: 'U8', bytes: 1, make: (buffer) => new Uint8Array(buffer) }],
  ['Int16Array', { numpy: 'i2', safetensors: 'I16', bytes: 2, make: (buffer) => new Int16Array(buffer) }],
  ['Uint16Array', { numpy: 'u2', safetensors: 'U16', bytes: 2, make: (buffer) => new Uint16Array(buffer) }],
  ['Int32Array', { numpy: 'i4', safetensors: 'I32', bytes: 4, make: (buffer) => new Int32Array(buffer) }],
  ['Uint32Array', { numpy: 'u4', safetensors: 'U32', bytes: 4, make: (buffer) => new Uint32Array(buffer) }],
  [
    'BigInt64Array',
    { numpy: 'i8', safetensors: 'I64', bytes: 8, make: (buffer) => new BigInt64Array(buffer) },
  ],
  [
    'BigUint64Array',
    { numpy: 'u8', safetensors: 'U64', bytes: 8, make: (buffer) => new BigUint64Array(buffer) },
  ],
  ['Float32Array', { numpy: 'f4', safetensors: 'F32', bytes: 4, make: (buffer) => new Float32Array(buffer) }],
  ['Float64Array', { numpy: 'f8', safetensors: 'F64', bytes: 8, make: (buffer) => new Float64Array(buffer) }],
]
const BY_ARRAY = new Map(TYPES)

/** The element type with this NumPy name (`f4`) or safetensors name (`F32`); undefined if none has it. */
export function findType(key: 'numpy' | 'safetensors', name: string): ElementType | undefined {
  return TYPES.find(([, type]) => type[key] === name)?.[1]
}

/** A Node `Buffer` counts as bytes. @throws ArtefactError if the shape and the data disagree. */
export function elementType(name: string, { shape, data }: Tensor): ElementType {
  const type = BY_ARRAY.get(Object.prototype.toString.call(data).slice(8, -1))
  if (type === undefined) throw new ArtefactError(`${name}: expected a typed array, received ${typeof data}`)
  const elements = countElements(name, shape)
  if (elements !== data.length)
    throw new ArtefactError(
      `${name}: expected ${elements} elements of shape [${shape}], received ${data.length}`,
    )
  return type
}

/** @throws ArtefactError if a dimension is no count. */
export function countElements(name: string, shape: readonly number[]): number {
  const elements = shape.reduce((product, size) => product * size, 1)
  if (shape.some((size) => !Number.isInteger(size) || size < 0) || !Number.isSafeInteger(elements))
    throw new ArtefactError(`${name}: expected a shape of counts, received [${shape}]`)
  return elements
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The elements as little-endian bytes, without a copy where the host is little-endian. */
export function dataBytes({ data }: Tensor): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return LITTLE_ENDIAN ? bytes : swapBytes(bytes.slice(), data.BYTES_PER_ELEMENT)
}

/** A tensor with its own copy of little-endian bytes. */
export function tensorFrom(type: ElementType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  if (!LITTLE_ENDIAN) swapBytes(copy, type.bytes)
  return { shape, data: type.make(copy.buffer) }
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse()
  return bytes
}
