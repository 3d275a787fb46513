/** From RGB pixels to the input of the float and of the integer network. */
import type { RgbImage } from './rgb-image.ts'

/** The float network's input: RGB / 255 in float32, C order [3, height, width] (the batch of 1 is implied). */
export function toNchwFloat(image: RgbImage): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, pixel) => pixel / 255)
  return toPlanes(image, table, new Float32Array(image.data.length))
}

/**
 * The integer network's input: the nearest code of each pixel, C order [3, height, width]. With a scale of 1 / 255 and a zero
 * point of 0 a code is the pixel.
 *
 * @param quant of the input: 1 / scale is a whole number
 */
export function toNchwCodes(
  image: RgbImage,
  { scale, zeroPoint, bits }: { readonly scale: number; readonly zeroPoint: number; readonly bits: number },
): Uint8Array | Uint16Array {
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) {
    throw new RangeError(`Expected 1 to 16 activation bits, got ${bits}`)
  }
  const steps = Math.round(1 / scale)
  const table = Uint16Array.from({ length: 256 }, (_, pixel) =>
    Math.min(2 ** bits - 1, zeroPoint + Math.floor((2 * pixel * steps + 255) / 510)),
  )
  const codes = bits <= 8 ? new Uint8Array(image.data.length) : new Uint16Array(image.data.length)
  return toPlanes(image, table, codes)
}

function toPlanes<T extends Float32Array | Uint8Array | Uint16Array>(
  image: RgbImage,
  table: Float32Array | Uint16Array,
  planes: T,
): T {
  const { data } = image
  const pixels = image.width * image.height
  for (let red = 0, from = 0; red < pixels; red++, from += 3) {
    planes[red] = table[data[from]!]!
    planes[red + pixels] = table[data[from + 1]!]!
    planes[red + 2 * pixels] = table[data[from + 2]!]!
  }
  return planes
}
