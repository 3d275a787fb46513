/**
 * The integer detect head, clause by clause (A-8 to A-10 of docs/arithmetic.md): slow, plain, and the meaning of the
 * fast twin in `head-fast.ts` and of `rtl/detect_head.sv`. What each clause says in a number or a small function is in
 * `head-rules.ts`.
 *
 * Doubles are exact throughout. The largest number is a side of the comparison of A-10: areas are below 2^32, as corners
 * are 16 bits, so `T * (area_a + area_b) < 2^10 * 2^33` and `inter * (2^10 + T) < 2^32 * 2^11`, both below 2^53.
 */
import { checkDetectInput, type DetectGeometry } from './head-geometry.ts'
import { type Candidate, type Corners, HEAD_RULES, type HeadRules } from './head-rules.ts'
import type { Codes, IntegerBox, IntegerHead, NmsOptions, NmsResult } from './types.ts'

type SideRules = Pick<HeadRules, 'expIndex' | 'half' | 'isSummed' | 'largest' | 'logitOf' | 'weightOf'>

/**
 * A-8, one side of one anchor: the expectation of the bins, in sixteenths of a pixel. With 16 bins num is below 2^23,
 * the dividend below 2^34.
 */
export function decodeSide(
  expTable: Uint16Array,
  codes: readonly number[],
  stride: number,
  { expIndex, half, isSummed, largest: largestOf, logitOf, weightOf }: SideRules = HEAD_RULES,
): number {
  const logits = codes.map((_, bin) => codes[logitOf(bin)]!)
  const largest = largestOf(logits)
  let den = 0
  let num = 0
  for (let bin = 0; bin < logits.length; bin++) {
    if (!isSummed(bin, logits.length)) continue
    const e = expTable[expIndex(largest - logits[bin]!, expTable.length)]!
    den += e
    num += weightOf(bin, logits.length) * e
  }
  return Math.floor((num * stride * 16 + half(den)) / den)
}

/**
 * the corners of the box of the anchor at cell (x, y), from its 4 * regMax logit codes.
 * @param centreStride that of the cell's centre, the same
 */
export function decodeBox(
  expTable: Uint16Array,
  logits: readonly number[],
  stride: number,
  x: number,
  y: number,
  rules: HeadRules = HEAD_RULES,
  centreStride = stride,
): Corners {
  const regMax = logits.length / 4
  const side = (index: number) =>
    decodeSide(expTable, logits.slice(index * regMax, (index + 1) * regMax), stride, rules)
  const sides = [side(0), side(1), side(2), side(3)] as const
  return rules.corners(rules.centre(x, centreStride, 'x'), rules.centre(y, centreStride, 'y'), sides)
}

/** A-8 for a candidate. */
export function decodeCandidate(
  { levels, regMax }: DetectGeometry,
  { expTable }: Pick<IntegerHead, 'expTable'>,
  boxCodes: readonly Codes[],
  { level, x, y }: Candidate,
  rules: HeadRules = HEAD_RULES,
): Corners {
  const logits = channelsAt(boxCodes[level]!, 4 * regMax, levels[level]!, { x, y })
  const { side, centre } = rules.strides(levels, level)
  return decodeBox(expTable, logits, side, x, y, rules, centre)
}

/**
 * every candidate, in ascending order of anchor and class.
 * @param offers false for a cell that is known to have none
 */
export function listCandidates(
  geometry: DetectGeometry,
  classCodes: readonly Codes[],
  { minCode, multiLabel }: Pick<NmsOptions, 'minCode' | 'multiLabel'>,
  rules: HeadRules = HEAD_RULES,
  offers: (level: number, cell: number) => boolean = () => true,
): Candidate[] {
  const candidates: Candidate[] = []
  let firstAnchor = 0
  for (const level of rules.levelOrder(geometry.levels.length)) {
    const grid = geometry.levels[level]!
    const { height, width } = grid
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!offers(level, y * width + x)) continue
        const codes = channelsAt(classCodes[level]!, geometry.classes, grid, { x, y })
        const offered = multiLabel ? codes.keys() : [rules.bestClass(codes)]
        for (const own of offered) {
          const code = codes[own]!
          if (!rules.reaches(code, minCode)) continue
          const classIndex = rules.carriedClass(own)
          const anchor = rules.carriedAnchor(firstAnchor + y * width + x)
          candidates.push({ anchor, classIndex, code, level, x, y })
        }
      }
    }
    firstAnchor += height * width
  }
  return candidates
}

/** the boxes that are kept of candidates in their order, one by one. */
export function* keepBoxes(
  candidates: readonly Candidate[],
  decode: (candidate: Candidate) => Corners,
  { sigmoidTable }: Pick<IntegerHead, 'sigmoidTable'>,
  { iouThreshold, maxDetections }: Pick<NmsOptions, 'iouThreshold' | 'maxDetections'>,
  { score, rivals, overlaps }: HeadRules = HEAD_RULES,
): Generator<IntegerBox, void> {
  const kept: IntegerBox[] = []
  const met: IntegerBox[] = []
  for (const candidate of candidates) {
    if (kept.length >= maxDetections) break
    const { classIndex, code, anchor } = candidate
    const box = { ...decode(candidate), classIndex, code, score: score(sigmoidTable, code), anchor }
    const suppressed = rivals(kept, met, box).some((other) => overlaps(box, other, iouThreshold))
    met.push(box)
    if (suppressed) continue
    kept.push(box)
    yield box
  }
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
  rules: HeadRules = HEAD_RULES,
): NmsResult {
  checkDetectInput(geometry, head, boxCodes, classCodes, options)
  const candidates = listCandidates(geometry, classCodes, options, rules)
  const decode = (candidate: Candidate) => decodeCandidate(geometry, head, boxCodes, candidate, rules)
  const ordered = rules.cut(candidates, options.capacity, rules.compare)
  const boxes = [...keepBoxes(ordered, decode, head, options, rules)]
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
