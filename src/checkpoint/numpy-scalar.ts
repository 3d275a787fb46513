/** Reads numbers that numpy pickled; training records hold them (`best_fitness`). */

import { InputError } from '../input/input-error.ts'
import { describeValue, isObject, type PickleValue } from './pickle-value.ts'

/** `numpy.core.multiarray.scalar(dtype, bytes)` as a number; types that are no number stay null. */
export function decodeNumpyScalar([dtype, data]: readonly PickleValue[], where: string): PickleValue {
  if (!isObject(dtype) || !(data instanceof Uint8Array)) {
    throw new InputError(
      `expected a numpy type and bytes, got ${describeValue(dtype)}, ${describeValue(data)}.`,
      where,
    )
  }
  const code = dtype.args[0]
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const size = typeof code === 'string' ? Number(code.slice(1)) : Number.NaN
  if (size !== data.length) return null
  switch (code) {
    case 'f8':
      return view.getFloat64(0, true)
    case 'f4':
      return view.getFloat32(0, true)
    case 'i8':
      return Number(view.getBigInt64(0, true))
    case 'i4':
      return view.getInt32(0, true)
    case 'i2':
      return view.getInt16(0, true)
    case 'u1':
      return view.getUint8(0)
    case 'b1':
      return view.getUint8(0) !== 0
    default:
      return null
  }
}
