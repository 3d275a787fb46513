/**
 * The integer detect head, clause by clause (A-8 to A-10 of docs/arithmetic.md): slow, plain, and the meaning of the
 * fast twin in `head-fast.ts` and of `rtl/detect_head.sv`.
 *
 * Doubles are exact throughout. The largest number is a side of the comparison of A-10: areas are below 2^32, as corners
 * are 16 bits, so `T * (area_a + area_b) < 2^10 * 2^33` and `inter * (2^10 + T) < 2^32 * 2^11`, both below 2^53.
 */
import { checkDetectInput, type DetectGeometry } from './head-geometry.ts'
import type { Codes, IntegerBox, IntegerHead, NmsOptions, NmsResult } from './types.ts'

export interface Corners {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** An (anchor, class) pair that reaches `minCode`; `level`, `x`, `y` say where the anchor is. */
export interface Candidate {
  readonly anchor: number
  readonly classIndex: number
  readonly code: number
  readonly level: number
  readonly x: number
  readonly y: number
}

/**
 * A-8, one side of one anchor: the expectation of the bins, in sixteenths of a pixel. With 16 bins num is below 2^23,
 * the dividend below 2^34.
 */
export function decodeSide(expTable: Uint16Array, logits: readonly number[], stride: number): number {
  const largest = Math.max(...logits)
  let den = 0
  let num = 0
  for (let bin = 0; bin < logits.length; bin++) {
    const e = expTable[largest - logits[bin]!]!
    den += e
    num += bin * e
  }
  return Math.floor((num * stride * 16 + Math.floor(den / 2)) / den)
}

/** the corners of the box of the anchor at cell (x, y), from its 4 * regMax logit codes. */
export function decodeBox(
  expTable: Uint16Array,
  logits: readonly number[],
  stride: number,
  x: number,
  y: number,
): Corners {
  const regMax = logits.length / 4
  const side = (index: number) =>
    decodeSide(expTable, logits.slice(index * regMax, (index + 1) * regMax), stride)
  const centreX = (2 * x + 1) * stride * 8
  const centreY = (2 * y + 1) * stride * 8
  return { x0: centreX - side(0), y0: centreY - side(1), x1: centreX + side(2), y1: centreY + side(3) }
}

/** the class with the largest code, the lowest index winning a tie. */
export function bestClass(codes: readonly number[]): number {
  return codes.indexOf(Math.max(...codes))
}

/** every candidate, in no particular order. */
export function listCandidates(
  geometry: DetectGeometry,
  classCodes: readonly Codes[],
  { minCode, multiLabel }: Pick<NmsOptions, 'minCode' | 'multiLabel'>,
): Candidate[] {
  const candidates: Candidate[] = []
  let firstAnchor = 0
  geometry.levels.forEach((grid, level) => {
    const { height, width } = grid
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const codes = channelsAt(classCodes[level]!, geometry.classes, grid, { x, y })
        const offered = multiLabel ? codes.keys() : [bestClass(codes)]
        for (const classIndex of offered) {
          const code = codes[classIndex]!
          if (code < minCode) continue
          candidates.push({ anchor: firstAnchor + y * width + x, classIndex, code, level, x, y })
        }
      }
    }
    firstAnchor += height * width
  })
  return candidates
}

/** the total order, as a comparison for `Array.sort`. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return b.code - a.code || a.anchor - b.anchor || a.classIndex - b.classIndex
}

/** whether two boxes overlap by more than T / 2^10 of their union. */
export function overlaps(a: Corners, b: Corners, threshold: number): boolean {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0))
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))
  const area = ({ x0, y0, x1, y1 }: Corners) => (x1 - x0) * (y1 - y0)
  return width * height * (1024 + threshold) > threshold * (area(a) + area(b))
}

/**
 * from the logit codes of every level to the kept boxes, in the order in which they were kept.
 *
 * @param geometry grids, bins and classes, see `detectGeometry`
 * @param head the tables of
 * @param boxCodes one tensor per level, [4 * regMax, height, width]
 * @param classCodes one tensor per level, [classes, height, width]
 */
export function detectSpec(
  geometry: DetectGeometry,
  head: IntegerHead,
  boxCodes: readonly Codes[],
  classCodes: readonly Codes[],
  options: NmsOptions,
): NmsResult {
  checkDetectInput(geometry, head, boxCodes, classCodes, options)
  const candidates = listCandidates(geometry, classCodes, options).sort(compareCandidates)
  const boxes: IntegerBox[] = []
  for (const { anchor, classIndex, code, level, x, y } of candidates.slice(0, options.capacity)) {
    if (boxes.length === options.maxDetections) break
    const grid = geometry.levels[level]!
    const logits = channelsAt(boxCodes[level]!, 4 * geometry.regMax, grid, { x, y })
    const corners = decodeBox(head.expTable, logits, grid.stride, x, y)
    const suppressed = boxes.some(
      (kept) => kept.classIndex === classIndex && overlaps(corners, kept, options.iouThreshold),
    )
    if (!suppressed) boxes.push({ ...corners, classIndex, code, score: head.sigmoidTable[code]!, anchor })
  }
  return { boxes, candidates: candidates.length, overflow: candidates.length > options.capacity }
}

/** The codes of all channels at one cell of a [channels, height, width] tensor. */
function channelsAt(
  codes: Codes,
  channels: number,
  { height, width }: { readonly height: number; readonly width: number },
  { x, y }: { readonly x: number; readonly y: number },
): number[] {
  return Array.from({ length: channels }, (_, channel) => codes[(channel * height + y) * width + x]!)
}
