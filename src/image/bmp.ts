/**
 * Uncompressed Windows bitmaps, which sharp does not read: 1, 4 and 8 bits by palette, 16, 24 and 32 by colour, with or without masks,
 * bottom-up or top-down. As in OpenCV's `imread`, alpha is dropped, and fewer than 8 bits become the upper bits of 8.
 */
import { PictureError } from './picture-error.ts'
import type { RgbImage, Size } from './rgb-image.ts'

/** Two letters, then sizes that lie inside the file; the rest is the reader's to refuse. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d

interface Header extends Size {
  readonly topDown: boolean
  readonly bits: number
  readonly stride: number
  /** Where the rows begin. */
  readonly begin: number
  /** Red, green, blue, four bytes per colour in the file's own order; empty if pixels are colours. */
  readonly palette: Uint8Array
  readonly paletteStep: number
  /** Red, green, blue. */
  readonly masks: readonly number[]
}

const FILE_HEADER = 14
/** Sizes of the headers of OS/2 1, Windows 3, and its later versions with masks, colour space and profile. */
const HEADER_BYTES: ReadonlySet<number> = new Set([12, 40, 52, 56, 108, 124])
const BITS: ReadonlySet<number> = new Set([1, 4, 8, 16, 24, 32])
const [RGB, BITFIELDS, ALPHA_BITFIELDS] = [0, 3, 6]
const MASKS: Readonly<Record<number, readonly number[]>> = {
  16: [0x7c00, 0x3e0, 0x1f],
  24: [0xff0000, 0xff00, 0xff],
  32: [0xff0000, 0xff00, 0xff],
}

/** @throws PictureError if the header is none, or says what is not read. */
export function readBmpSize(bytes: Uint8Array, where: string): Size {
  const { width, height } = readHeader(bytes, where)
  return { width, height }
}

/** @throws PictureError if the file is cut short, compressed, or larger than `maxPixels`. */
export function decodeBmp(bytes: Uint8Array, where: string, maxPixels: number): RgbImage {
  const header = readHeader(bytes, where)
  const { width, height, stride, begin } = header
  if (width * height > maxPixels)
    throw new PictureError(`has more than ${maxPixels} pixels.`, where, 'Scale it down first.')
  if (begin + stride * height > bytes.length) throw cutShort(where, begin + stride * height, bytes.length)
  const data = new Uint8Array(width * height * 3)
  const putRow = header.bits <= 8 ? paletteRow(header, where) : colourRow(header)
  for (let y = 0; y < height; y++) {
    const from = begin + stride * (header.topDown ? y : height - 1 - y)
    putRow(bytes.subarray(from, from + stride), data.subarray(y * width * 3, (y + 1) * width * 3))
  }
  return { width, height, data }
}

type PutRow = (row: Uint8Array, rgb: Uint8Array) => void

function paletteRow({ bits, palette, paletteStep }: Header, where: string): PutRow {
  const colours = palette.length / paletteStep
  const perByte = 8 / bits
  return (row, rgb) => {
    for (let x = 0; x < rgb.length / 3; x++) {
      const shift = 8 - bits * ((x % perByte) + 1)
      const index = (row[Math.floor(x / perByte)]! >> shift) & (2 ** bits - 1)
      if (index >= colours)
        throw new PictureError(`has colour ${index} of a palette of ${colours}.`, where, 'Convert it to PNG.')
      for (let c = 0; c < 3; c++) rgb[x * 3 + c] = palette[index * paletteStep + 2 - c]!
    }
  }
}

function colourRow({ bits, masks }: Header): PutRow {
  const bytesEach = bits / 8
  const channels = masks.map((mask) => {
    const low = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)
    return { mask: mask >>> low, low, width: 32 - Math.clz32(mask >>> low) }
  })
  return (row, rgb) => {
    for (let x = 0; x < rgb.length / 3; x++) {
      let pixel = 0
      for (let byte = bytesEach - 1; byte >= 0; byte--) pixel = (pixel << 8) | row[x * bytesEach + byte]!
      for (const [c, { mask, low, width }] of channels.entries()) {
        const value = (pixel >>> low) & mask
        rgb[x * 3 + c] = width > 8 ? value >>> (width - 8) : value << (8 - width)
      }
    }
  }
}

function readHeader(bytes: Uint8Array, where: string): Header {
  const refuse = (what: string): never => {
    throw new PictureError(`is a bitmap ${what}.`, where, 'Convert it to PNG.')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < FILE_HEADER + 12) throw cutShort(where, FILE_HEADER + 12, bytes.length)
  const begin = view.getUint32(10, true)
  const size = view.getUint32(FILE_HEADER, true)
  if (!HEADER_BYTES.has(size)) refuse(`with a header of ${size} bytes, which no known version has`)
  const isOld = size === 12
  if (bytes.length < FILE_HEADER + size) throw cutShort(where, FILE_HEADER + size, bytes.length)
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true)
  const signedHeight = isOld ? view.getUint16(20, true) : view.getInt32(22, true)
  const bits = view.getUint16(isOld ? 24 : 28, true)
  const compression = isOld ? RGB : view.getUint32(30, true)
  const height = Math.abs(signedHeight)
  if (width < 1 || height < 1) refuse(`of ${width}x${signedHeight} pixels`)
  if (!BITS.has(bits)) refuse(`of ${bits} bits a pixel; 1, 4, 8, 16, 24 and 32 are read`)
  const hasMasks = compression === BITFIELDS || compression === ALPHA_BITFIELDS
  if (compression !== RGB && !(hasMasks && (bits === 16 || bits === 32)))
    refuse(`with compression ${compression}; only uncompressed ones are read`)
  let end = FILE_HEADER + size
  let masks = MASKS[bits] ?? []
  if (hasMasks) {
    if (size === 40) end += compression === ALPHA_BITFIELDS ? 16 : 12
    if (bytes.length < FILE_HEADER + 52) throw cutShort(where, FILE_HEADER + 52, bytes.length)
    masks = [54, 58, 62].map((at) => view.getUint32(at, true))
    if (masks.some((mask) => !isRun(mask) || mask >= 2 ** bits))
      refuse('with colour masks that are not runs of bits')
  }
  const paletteStep = isOld ? 3 : 4
  const used = isOld ? 0 : view.getUint32(46, true)
  const colours = bits > 8 ? 0 : Math.min(used === 0 ? 2 ** bits : used, 2 ** bits)
  const palette = bytes.subarray(end, end + colours * paletteStep)
  end += colours * paletteStep
  if (begin < end) refuse(`whose pixels begin at byte ${begin}, inside its header of ${end}`)
  if (palette.length < colours * paletteStep) throw cutShort(where, end, bytes.length)
  const stride = Math.ceil((width * bits) / 32) * 4
  return { width, height, topDown: signedHeight < 0, bits, stride, begin, palette, paletteStep, masks }
}

/** One run of set bits. */
function isRun(mask: number): boolean {
  const low = (mask & -mask) >>> 0
  return mask !== 0 && Number.isInteger(Math.log2(mask / low + 1))
}

const cutShort = (where: string, needed: number, has: number): PictureError =>
  new PictureError(
    `is a bitmap of ${needed} bytes, of which the file has ${has}.`,
    where,
    'Copy or download it again.',
  )
