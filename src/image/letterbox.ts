/** Fits a picture into the network's input, and boxes back into the picture. */
import { resizeBilinear, roundHalfEven } from './resize.ts'
import { type Box, createImage, type RgbImage, type Size } from './rgb-image.ts'

/** How a picture was fitted into the network's input: input = picture * scale + (left, top). */
export interface LetterboxPlan extends Size {
  readonly scale: number
  /** Columns and rows of padding before the picture. */
  readonly left: number
  readonly top: number
  /** The scaled picture's size, without padding. */
  readonly inner: Size
}

export type Letterboxed = RgbImage & LetterboxPlan

const padGrey = 114

/** The place of a picture of size `from` in an input of size `to`: as large as fits (it may grow), centred. */
export function planLetterbox(from: Size, to: Size): LetterboxPlan {
  const scale = Math.min(to.height / from.height, to.width / from.width)
  const inner = {
    width: Math.max(1, roundHalfEven(from.width * scale)),
    height: Math.max(1, roundHalfEven(from.height * scale)),
  }
  // The 0.1 puts the odd row or column of padding at the bottom or right.
  const left = roundHalfEven((to.width - inner.width) / 2 - 0.1)
  const top = roundHalfEven((to.height - inner.height) / 2 - 0.1)
  return { width: to.width, height: to.height, scale, left: Math.max(0, left), top: Math.max(0, top), inner }
}

/** Scales a picture to fit the network's input and pads it with grey 114, as YOLOv8's validation does. */
export function letterbox(image: RgbImage, to: Size): Letterboxed {
  const plan = planLetterbox(image, to)
  const scaled = resizeBilinear(image, plan.inner)
  const canvas = createImage(to, [padGrey, padGrey, padGrey])
  const rowBytes = plan.inner.width * 3
  for (let y = 0; y < plan.inner.height; y++) {
    const row = scaled.data.subarray(y * rowBytes, (y + 1) * rowBytes)
    canvas.data.set(row, ((plan.top + y) * to.width + plan.left) * 3)
  }
  return { ...plan, data: canvas.data }
}

/** Takes a box from the network's input back to the picture it came from, and clips it to the picture. */
export function undoLetterbox(box: Box, plan: LetterboxPlan, picture: Size): Box {
  const x = (value: number) => clamp((value - plan.left) / plan.scale, picture.width)
  const y = (value: number) => clamp((value - plan.top) / plan.scale, picture.height)
  return { x0: x(box.x0), y0: y(box.y0), x1: x(box.x1), y1: y(box.y1) }
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit)
}
