/** The elements of a dump under a layout: by their place in it, and put back in C order. */
import { carryCode } from '../golden/code-range.ts'
import { outputIndices } from '../operator/layout.ts'
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
  const { bits, signed, offset } = layout
  const sign = signed ? 2 ** (bits - 1) : Number.POSITIVE_INFINITY
  const whole = 2 ** bits
  if (content.kind === 'values') {
    const { values } = content
    if (bits === 0) return (place) => values[offset + place]!
    return (place) => {
      const value = values[offset + place]!
      const low = value - whole * Math.floor(value / whole)
      return low >= sign ? low - whole : low
    }
  }
  const { bytes } = content
  const read = laneReader(bytes, content, layout)
  const unknown = content.kind === 'words' ? content.unknown : null
  const known =
    unknown === null
      ? read
      : (
          (isUnknown) => (place: number) =>
            isUnknown(place) === 0 ? read(place) : Number.NaN
        )(laneReader(unknown, content, layout))
  return signed
    ? (place) => {
        const lane = known(place)
        return lane >= sign ? lane - whole : lane
      }
    : known
}

/** Reads the lane at a place, without sign. */
function laneReader(bytes: Uint8Array, content: DumpContent, layout: DumpLayout): (place: number) => number {
  const { bits, lanes, reversed, endian, offset } = layout
  const stride = strideOf(content, layout)
  const start = content.kind === 'bytes' ? offset : offset * stride
  const isBig = content.kind === 'bytes' && endian === 'big'
  if (bits === 8 && lanes === 1 && stride === 1) return (place) => bytes[start + place]!
  // Where a byte of a word lies, counted from its lowest.
  const [first, step] = isBig ? [stride - 1, -1] : [0, 1]
  return (place) => {
    const word = Math.floor(place / lanes)
    const lane = place - word * lanes
    const low = (reversed ? lanes - 1 - lane : lane) * bits
    const base = start + word * stride + first
    let value = 0
    let weight = 1
    for (let bit = low; bit < low + bits; ) {
      const shift = bit & 7
      const taken = Math.min(8 - shift, low + bits - bit)
      value += ((bytes[base + step * (bit >> 3)]! >> shift) & ((1 << taken) - 1)) * weight
      weight *= 2 ** taken
      bit += taken
    }
    return value
  }
}

/** Codes in C order, as they are carried; -1 for an element with unknown bits. And the place of each. */
export function readCodes(
  content: DumpContent,
  layout: DumpLayout,
  { sizes, codes: { length }, offset }: DumpTensor,
  where: string,
): { readonly codes: Int32Array; readonly placeOf: (index: number) => number } {
  const indices = outputIndices(layout.order, sizes, where)
  const read = elementReader(content, layout)
  const codes = new Int32Array(length).fill(-1)
  for (let place = 0; place < indices.length; place++) {
    const index = indices[place]!
    if (index < 0) continue
    const value = read(place)
    if (!Number.isNaN(value)) codes[index] = carryCode(value, offset)
  }
  return { codes, placeOf: (index) => indices.indexOf(index) }
}
