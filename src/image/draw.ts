/** Draws labelled boxes on a picture, and pictures side by side. */
import { glyphHeight } from './font.ts'
import { fillBox, measureText, paste, type Rgb, strokeBox, writeText } from './paint.ts'
import { type Box, createImage, type RgbImage } from './rgb-image.ts'
import { loadSharp } from './sharp.ts'

/** A box to draw, in pixels of the picture. */
export interface LabelledBox extends Box {
  readonly classIndex: number
  /** 0 to 1; the label omits it if there is none. */
  readonly score?: number
}

const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]

/** Boxes with their class and score as a new picture, the first ones on top. */
export function paintBoxes(
  image: RgbImage,
  boxes: readonly LabelledBox[],
  names: readonly string[],
): RgbImage {
  const painted = { ...image, data: image.data.slice() }
  const scale = chooseScale(image)
  for (const box of boxes.toReversed()) strokeBox(painted, box, colourOf(box.classIndex), scale)
  for (const box of boxes.toReversed()) paintLabel(painted, box, names, scale)
  return painted
}

/** A dot of the font is two pixels from 480 pixels on, three from 800 …, so that labels can be read at any size. */
function chooseScale({ width, height }: RgbImage): number {
  return Math.max(1, Math.round(Math.min(width, height) / 320))
}

/** A strip above the box, or inside it if there is no room above; never beyond the left and right edges. */
function paintLabel(image: RgbImage, box: LabelledBox, names: readonly string[], scale: number): void {
  const name = names[box.classIndex] ?? `class ${box.classIndex}`
  const text = box.score === undefined ? name : `${name} ${box.score.toFixed(2)}`
  const height = (glyphHeight + 2) * scale
  const width = measureText(text, scale) + scale
  const x0 = Math.max(0, Math.min(Math.round(box.x0), image.width - width))
  const above = Math.round(box.y0) - height
  const y0 = above >= 0 ? above : Math.max(0, Math.round(box.y0))
  const colour = colourOf(box.classIndex)
  fillBox(image, { x0, y0, x1: x0 + width, y1: y0 + height }, colour)
  writeText(
    image,
    text,
    { x: x0 + scale, y: y0 + scale },
    { colour: isBright(colour) ? black : white, scale },
  )
}

/** Hues a golden section apart: neighbours in the list of classes are far apart in colour. */
export function colourOf(classIndex: number): Rgb {
  const hue = (classIndex * 0.618033988749895 * 6) % 6
  const channel = (offset: number) => {
    const distance = Math.abs(((hue + offset) % 6) - 3)
    return Math.round(40 + 200 * Math.min(1, Math.max(0, distance - 1)))
  }
  return [channel(0), channel(4), channel(2)]
}

function isBright([red, green, blue]: Rgb): boolean {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128
}

export interface Panel {
  readonly image: RgbImage
  readonly caption: string
}

/** Pictures beside each other, each under its caption, on white. Captions are cut to their picture's width. */
export function composeSideBySide(panels: readonly Panel[]): RgbImage {
  if (panels.length === 0) throw new RangeError('Expected at least one picture to compose')
  const gap = 8
  const scale = Math.max(...panels.map(({ image }) => chooseScale(image)))
  const strip = (glyphHeight + 4) * scale
  const canvas = createImage(
    {
      width: panels.reduce((sum, { image }) => sum + image.width + gap, gap),
      height: Math.max(...panels.map(({ image }) => image.height)) + strip + gap,
    },
    white,
  )
  let left = gap
  for (const { image, caption } of panels) {
    writeText(
      canvas,
      cutText(caption, image.width, scale),
      { x: left, y: 2 * scale },
      { colour: black, scale },
    )
    paste(canvas, image, left, strip)
    left += image.width + gap
  }
  return canvas
}

function cutText(text: string, width: number, scale: number): string {
  if (measureText(text, scale) <= width) return text
  const room = Math.floor(width / measureText('.', scale)) - 2
  return room > 0 ? `${text.slice(0, room)}..` : ''
}

/** A PNG file of the picture. */
export async function encodePng({ data, width, height }: RgbImage): Promise<Uint8Array> {
  const sharp = await loadSharp()
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}
