/** Fills, strokes and text on an RGB picture. */
import { glyphAdvance, glyphHeight, hasDot } from './font.ts'
import type { Box, RgbImage } from './rgb-image.ts'

export type Rgb = readonly [red: number, green: number, blue: number]

/** Painting changes the picture that it is given; what lies outside is cut off. Coordinates are rounded to whole pixels. */
export function fillBox(image: RgbImage, box: Box, colour: Rgb): void {
  const left = Math.max(0, Math.round(box.x0))
  const right = Math.min(image.width, Math.round(box.x1))
  const bottom = Math.min(image.height, Math.round(box.y1))
  for (let y = Math.max(0, Math.round(box.y0)); y < bottom; y++) {
    for (let x = left; x < right; x++) image.data.set(colour, (y * image.width + x) * 3)
  }
}

/** Lines of `thickness` pixels along the inside of a box. */
export function strokeBox(image: RgbImage, { x0, y0, x1, y1 }: Box, colour: Rgb, thickness: number): void {
  fillBox(image, { x0, y0, x1, y1: y0 + thickness }, colour)
  fillBox(image, { x0, y0: y1 - thickness, x1, y1 }, colour)
  fillBox(image, { x0, y0, x1: x0 + thickness, y1 }, colour)
  fillBox(image, { x0: x1 - thickness, y0, x1, y1 }, colour)
}

interface TextStyle {
  readonly colour: Rgb
  /** Pixels across one dot of the font. */
  readonly scale: number
}

/** Writes a line of text with its upper left corner at (x, y). */
export function writeText(
  image: RgbImage,
  text: string,
  { x, y }: { readonly x: number; readonly y: number },
  { colour, scale }: TextStyle,
): void {
  for (const [place, character] of [...text].entries()) {
    const left = Math.round(x) + place * glyphAdvance * scale
    for (let row = 0; row < glyphHeight; row++) {
      for (let column = 0; column < glyphAdvance - 1; column++) {
        if (!hasDot(character, column, row)) continue
        const x0 = left + column * scale
        const y0 = Math.round(y) + row * scale
        fillBox(image, { x0, y0, x1: x0 + scale, y1: y0 + scale }, colour)
      }
    }
  }
}

/** Width in pixels of a line of text, the gap after it included. */
export function measureText(text: string, scale: number): number {
  return [...text].length * glyphAdvance * scale
}

/** Copies a picture into another with its upper left corner at (left, top); it must fit. */
export function paste(onto: RgbImage, image: RgbImage, left: number, top: number): void {
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3)
    onto.data.set(row, ((top + y) * onto.width + left) * 3)
  }
}
