/**
 * The fast twin of `head-spec.ts`: the same clauses with other algorithms. The total order is found by a
 * counting sort of codes, boxes are decoded only when the greedy pass reaches them, and a
 * candidate is compared only with the kept boxes of its own class.
 */
import { checkDetectInput, countAnchors, type DetectGeometry } from './head-geometry.ts'
import type { Codes, IntegerBox, IntegerHead, NmsOptions, NmsResult } from './types.ts'

/** The candidates that survive the capacity cut, in the total order, and how many there were. */
interface Ordered {
  readonly anchors: Uint32Array
  readonly classes: Uint16Array
  readonly codes: Uint16Array
  readonly candidates: number
}

/** As `detectSpec`, in milliseconds: 4 for 8400 anchors of 80 classes, 9 with multi-label. */
export function detectFast(
  geometry: DetectGeometry,
  head: IntegerHead,
  boxCodes: readonly Codes[],
  classCodes: readonly Codes[],
  options: NmsOptions,
): NmsResult {
  checkDetectInput(geometry, head, boxCodes, classCodes, options)
  const order = options.multiLabel ? orderEveryClass : orderBestClass
  const ordered = order(geometry, classCodes, options, head.sigmoidTable.length)
  const boxes = suppress(geometry, head, boxCodes, ordered, options)
  return { boxes, candidates: ordered.candidates, overflow: ordered.candidates > options.capacity }
}

/** with one candidate per anchor: a counting sort, anchors in ascending order within a code. */
function orderBestClass(
  geometry: DetectGeometry,
  classCodes: readonly Codes[],
  { minCode, capacity }: NmsOptions,
  codeCount: number,
): Ordered {
  const anchorCount = countAnchors(geometry)
  const best = new Uint16Array(anchorCount)
  const bestClasses = new Uint16Array(anchorCount)
  let first = 0
  geometry.levels.forEach(({ height, width }, level) => {
    const cells = height * width
    const codes = classCodes[level]!
    for (let cell = 0; cell < cells; cell++) best[first + cell] = codes[cell]!
    for (let classIndex = 1; classIndex < geometry.classes; classIndex++) {
      const plane = classIndex * cells
      for (let cell = 0; cell < cells; cell++) {
        const code = codes[plane + cell]!
        if (code > best[first + cell]!) {
          best[first + cell] = code
          bestClasses[first + cell] = classIndex
        }
      }
    }
    first += cells
  })

  const histogram = new Uint32Array(codeCount)
  for (const code of best) histogram[code]!++
  const { places, candidates } = firstPlaces(histogram, minCode)
  const kept = Math.min(candidates, capacity)
  const ordered = allocate(kept, candidates)
  for (let anchor = 0; anchor < anchorCount; anchor++) {
    const code = best[anchor]!
    if (code < minCode) continue
    const place = places[code]!++
    if (place >= kept) continue
    ordered.anchors[place] = anchor
    ordered.classes[place] = bestClasses[anchor]!
    ordered.codes[place] = code
  }
  return ordered
}

/** with multi-label: the same counting sort over all pairs, anchor by anchor and class by class. */
function orderEveryClass(
  geometry: DetectGeometry,
  classCodes: readonly Codes[],
  { minCode, capacity }: NmsOptions,
  codeCount: number,
): Ordered {
  const histogram = new Uint32Array(codeCount)
  for (const codes of classCodes) for (let i = 0; i < codes.length; i++) histogram[codes[i]!]!++
  const { places, candidates } = firstPlaces(histogram, minCode)
  const kept = Math.min(candidates, capacity)
  const ordered = allocate(kept, candidates)
  let anchor = 0
  geometry.levels.forEach(({ height, width }, level) => {
    const cells = height * width
    const codes = classCodes[level]!
    for (let cell = 0; cell < cells; cell++, anchor++) {
      for (let classIndex = 0; classIndex < geometry.classes; classIndex++) {
        const code = codes[classIndex * cells + cell]!
        if (code < minCode) continue
        const place = places[code]!++
        if (place >= kept) continue
        ordered.anchors[place] = anchor
        ordered.classes[place] = classIndex
        ordered.codes[place] = code
      }
    }
  })
  return ordered
}

/** For every code from `minCode`, the place of its first candidate in the total order. */
function firstPlaces(histogram: Uint32Array, minCode: number): { places: Uint32Array; candidates: number } {
  const places = new Uint32Array(histogram.length)
  let candidates = 0
  for (let code = histogram.length - 1; code >= minCode; code--) {
    places[code] = candidates
    candidates += histogram[code]!
  }
  return { places, candidates }
}

function allocate(kept: number, candidates: number): Ordered {
  return {
    anchors: new Uint32Array(kept),
    classes: new Uint16Array(kept),
    codes: new Uint16Array(kept),
    candidates,
  }
}

/** decodes the candidates in order and keeps what nothing of its class suppresses. */
function suppress(
  geometry: DetectGeometry,
  { expTable, sigmoidTable }: IntegerHead,
  boxCodes: readonly Codes[],
  { anchors, classes, codes }: Ordered,
  { iouThreshold, maxDetections }: NmsOptions,
): IntegerBox[] {
  const boxes: IntegerBox[] = []
  const keptOfClass = new Map<number, IntegerBox[]>()
  for (let place = 0; place < anchors.length && boxes.length < maxDetections; place++) {
    const anchor = anchors[place]!
    const classIndex = classes[place]!
    const code = codes[place]!
    const [x0, y0, x1, y1] = decodeAnchor(geometry, expTable, boxCodes, anchor)
    const rivals = keptOfClass.get(classIndex) ?? []
    keptOfClass.set(classIndex, rivals)
    const area = (x1 - x0) * (y1 - y0)
    const suppressed = rivals.some((kept) => {
      const width = Math.max(0, Math.min(x1, kept.x1) - Math.max(x0, kept.x0))
      const height = Math.max(0, Math.min(y1, kept.y1) - Math.max(y0, kept.y0))
      const areas = area + (kept.x1 - kept.x0) * (kept.y1 - kept.y0)
      return width * height * (1024 + iouThreshold) > iouThreshold * areas
    })
    if (suppressed) continue
    const box: IntegerBox = { x0, y0, x1, y1, classIndex, code, score: sigmoidTable[code]!, anchor }
    rivals.push(box)
    boxes.push(box)
  }
  return boxes
}

/** A-8 for the anchor of this index, straight from the planes of its level's tensor. */
function decodeAnchor(
  { levels, regMax }: DetectGeometry,
  expTable: Uint16Array,
  boxCodes: readonly Codes[],
  anchor: number,
): [x0: number, y0: number, x1: number, y1: number] {
  let cell = anchor
  let level = 0
  while (cell >= levels[level]!.height * levels[level]!.width) {
    cell -= levels[level]!.height * levels[level]!.width
    level++
  }
  const { stride, height, width } = levels[level]!
  const codes = boxCodes[level]!
  const plane = height * width
  const sides = [0, 0, 0, 0]
  for (let side = 0; side < 4; side++) {
    const begin = side * regMax * plane + cell
    const end = begin + regMax * plane
    let largest = 0
    for (let at = begin; at < end; at += plane) if (codes[at]! > largest) largest = codes[at]!
    let den = 0
    let num = 0
    for (let at = begin, bin = 0; at < end; at += plane, bin++) {
      const e = expTable[largest - codes[at]!]!
      den += e
      num += bin * e
    }
    sides[side] = Math.floor((num * stride * 16 + (den >> 1)) / den)
  }
  const centreX = (2 * (cell % width) + 1) * stride * 8
  const centreY = (2 * Math.floor(cell / width) + 1) * stride * 8
  return [centreX - sides[0]!, centreY - sides[1]!, centreX + sides[2]!, centreY + sides[3]!]
}
