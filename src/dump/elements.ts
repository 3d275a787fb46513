/** The elements of a dump under a layout: by their place in it, and put back in C order. */
import { carryCode } from '../golden/code-range.ts'
import type { Codes } from '../golden/types.ts'
import type { OutputOrder } from '../operator/layout.ts'
import type { DumpContent, DumpLayout, DumpTensor } from './types.ts'

/** Bytes of a word. */
const strideOf = (content: DumpContent, { lanes, bits }: Pick<DumpLayout, 'lanes' | 'bits'>): number =>
  content.kind === 'words' ? Math.ceil(content.width / 8) : Math.ceil((lanes * bits) / 8)

/** Bytes, words or numbers that so many elements take. */
export function unitsOf(
  content: DumpContent,
  layout: Pick<DumpLayout, 'lanes' | 'bits'>,
  elements: number,
): number {
  if (content.kind === 'values') return elements
  const words = Math.ceil(elements / layout.lanes)
  return content.kind === 'words' ? words : words * strideOf(content, layout)
}

/** Bytes, words or numbers that there are. */
export const sizeOf = (content: DumpContent): number =>
  content.kind === 'bytes'
    ? content.bytes.length
    : content.kind === 'words'
      ? content.count
      : content.values.length

/** Reads the element at a place; NaN for one with unknown bits. */
export function elementReader(content: DumpContent, layout: DumpLayout): (place: number) => number {
  if (content.kind === 'values') return valueReader(content.values, layout)
  const read = wordReader(content.bytes, content, layout)
  const unknown = content.kind === 'words' ? content.unknown : null
  if (unknown === null) return read
  const bits = hasRest(content, layout) ? widthOf(content, layout) : layout.bits
  const isUnknown = laneReader(unknown, content, { ...layout, bits, signed: false })
  return (place) => (isUnknown(place) === 0 ? read(place) : Number.NaN)
}

/** Numbers as they are written. Bits of a number are those of its code or of its code's other sign; what fits neither is wrong as it is. */
function valueReader(values: Float64Array, { bits, signed, offset }: DumpLayout): (place: number) => number {
  if (bits === 0) return (place) => values[offset + place]!
  const half = 2 ** (bits - 1)
  const whole = 2 * half
  return (place) => {
    const value = values[offset + place]!
    if (signed && value >= half && value < whole) return value - whole
    return !signed && value >= -half && value < 0 ? value + whole : value
  }
}

const widthOf = (content: DumpContent, layout: DumpLayout): number =>
  content.kind === 'words' ? content.width : 8 * strideOf(content, layout)

/** Whether a word has bits above its one lane of which nobody has said that they do not count. */
const hasRest = (content: DumpContent, layout: DumpLayout): boolean =>
  layout.lanes === 1 && layout.ignored !== true && layout.bits < widthOf(content, layout)

/** Reads a lane. Where it is alone in a wider word, the rest is 0 or its sign; if not, the element is what the whole word says. */
function wordReader(bytes: Uint8Array, content: DumpContent, layout: DumpLayout): (place: number) => number {
  const read = laneReader(bytes, content, layout)
  if (!hasRest(content, layout)) return read
  const whole = { ...layout, bits: widthOf(content, layout) }
  const plain = laneReader(bytes, content, { ...layout, signed: false })
  const readWhole = laneReader(bytes, content, { ...whole, signed: false })
  const readAll = laneReader(bytes, content, whole)
  return (place) => (readWhole(place) === plain(place) ? read(place) : readAll(place))
}

/** The elements themselves, where each is a byte without sign and all are known; null for any others. */
function plainBytes(content: DumpContent, layout: DumpLayout): Uint8Array | null {
  const { bits, lanes, signed, offset } = layout
  if (content.kind === 'values' || signed || bits !== 8 || lanes !== 1) return null
  if (content.kind === 'words' && (content.width !== 8 || content.unknown !== null)) return null
  return content.bytes.subarray(offset)
}

/** Reads the lane at a place. One below 0 is summed up from its complement, so that those near 0 are exact at any width. */
function laneReader(bytes: Uint8Array, content: DumpContent, layout: DumpLayout): (place: number) => number {
  const { bits, lanes, reversed, signed, endian, offset } = layout
  const stride = strideOf(content, layout)
  const start = content.kind === 'bytes' ? offset : offset * stride
  const isBig = content.kind === 'bytes' && endian === 'big'
  if (bits === 8 && lanes === 1 && stride === 1)
    return signed ? (place) => (bytes[start + place]! << 24) >> 24 : (place) => bytes[start + place]!
  const whole = lanes === 1 && stride * 8 === bits ? numberReader(bytes, bits, signed, !isBig) : null
  if (whole !== null) return (place) => whole(start + place * stride)
  // Where a byte of a word lies, counted from its lowest.
  const [first, step] = isBig ? [stride - 1, -1] : [0, 1]
  return (place) => {
    const word = Math.floor(place / lanes)
    const lane = place - word * lanes
    const low = (reversed ? lanes - 1 - lane : lane) * bits
    const base = start + word * stride + first
    const top = low + bits - 1
    const isNegative = signed && ((bytes[base + step * (top >> 3)]! >> (top & 7)) & 1) === 1
    let value = 0
    let weight = 1
    for (let bit = low; bit <= top; ) {
      const shift = bit & 7
      const taken = Math.min(8 - shift, top + 1 - bit)
      const mask = (1 << taken) - 1
      const part = ((bytes[base + step * (bit >> 3)]! >> shift) & mask) ^ (isNegative ? mask : 0)
      if (part !== 0) value += part * weight
      weight *= 2 ** taken
      bit += taken
    }
    return isNegative ? -1 - value : value
  }
}

/** Reads a number that has a word of a usual width for itself, at a byte; null for other widths. */
function numberReader(
  { buffer, byteOffset, length }: Uint8Array,
  bits: number,
  signed: boolean,
  little: boolean,
): ((at: number) => number) | null {
  const view = new DataView(buffer, byteOffset, length)
  const high = little ? 4 : 0
  switch (bits) {
    case 16:
      return signed ? (at) => view.getInt16(at, little) : (at) => view.getUint16(at, little)
    case 32:
      return signed ? (at) => view.getInt32(at, little) : (at) => view.getUint32(at, little)
    case 64:
      return signed
        ? (at) => view.getInt32(at + high, little) * 2 ** 32 + view.getUint32(at + 4 - high, little)
        : (at) => view.getUint32(at + high, little) * 2 ** 32 + view.getUint32(at + 4 - high, little)
    default:
      return null
  }
}

/** Codes in C order, as they are carried; -1 for an element with unknown bits. */
export function readCodes(
  content: DumpContent,
  layout: DumpLayout,
  { walk }: Pick<OutputOrder, 'walk'>,
  { codes: { length }, offset }: DumpTensor,
): Codes | Int32Array {
  // Most dumps hold a byte for a code, which is carried as it is.
  const plain = offset === 0 ? plainBytes(content, layout) : null
  if (plain !== null && layout.order === 'o y x') return plain.subarray(0, length)
  if (plain !== null) {
    const codes = new Uint8Array(length)
    walk(({ place, index, step, count }) => {
      for (let at = 0, to = index; at < count; at++, to += step) codes[to] = plain[place + at]!
    })
    return codes
  }
  const read = elementReader(content, layout)
  const codes = new Int32Array(length).fill(-1)
  walk(({ place, index, step, count }) => {
    for (let at = 0, to = index; at < count; at++, to += step) {
      const value = read(place + at)
      if (!Number.isNaN(value)) codes[to] = carryCode(value, offset)
    }
  })
  return codes
}
