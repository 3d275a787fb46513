/**
 * Cycles of `rtl/detect_head.sv` against the number of candidates, measured on the RTL: 8400 anchors of 80 classes, the
 * grids of a 640x640 frame. Every run is compared with `detectFast`.
 */
import { detectFast } from '../../src/golden/head-fast.ts'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { type HeadVector, makeHeadVector } from '../golden/head-vectors.ts'
import { benchOptions, type HeadPorts, runHead } from './detect-head-bench.ts'

export interface NmsCycles {
  readonly what: string
  readonly candidates: number
  readonly kept: number
  /** From the start of DETECT to its end: both scans, the sort, decoding and suppression. */
  readonly cycles: number
}

const parameters = { PI: 16, PX: 4, Capacity: 1024, MaxDetections: 300, FeatureWords: 131072 }
const side = 80
const cells = side * side

/**
 * Random boxes: `count` candidates of the finest grid, spread over so many classes.
 * @param spread 1 to 80
 */
export function makeRandomFrame(count: number, spread: number): HeadVector {
  const vector = makeFrame(count)
  const random = makeRandom(count)
  for (const anchor of shuffle(cells, random).slice(0, count)) {
    vector.classCodes[0]![random(spread) * cells + anchor] = 128 + random(128)
  }
  return vector
}

/**
 * The worst case of 1024 candidates and 300 boxes: one class, 299 boxes that do not touch are kept, each of the next 724 is suppressed only by the
 * first box of all, which is the last that it meets, and the very last candidate is the 300th box.
 */
export function makeWorstFrame(): HeadVector {
  const vector = makeFrame(0)
  const [boxCodes, classCodes] = [vector.boxCodes[0]!, vector.classCodes[0]!]
  // Every box is smaller than its cell: the first two bins are by far the most likely, the first more than the second.
  for (let index = 0; index < boxCodes.length; index++) {
    boxCodes[index] = [255, 230][Math.floor(index / cells) % 16] ?? 0
  }
  const centre = 13 * side + 13
  // The box of this cell reaches 15 cells to each side.
  for (let channel = 0; channel < 64; channel++) {
    boxCodes[channel * cells + centre] = channel % 16 === 15 ? 255 : 0
  }
  classCodes[centre] = 255
  const inside = (cell: number) => cell % side < 27 && Math.floor(cell / side) < 27 && cell !== centre
  const outside = (cell: number) => cell % side >= 30
  const all = Array.from({ length: cells }, (_, cell) => cell)
  for (const cell of all.filter(outside).slice(0, 298)) classCodes[cell] = 200
  for (const cell of all.filter(inside).slice(0, 724)) classCodes[cell] = 150
  classCodes[all.filter(outside)[298]!] = 140
  return { ...vector, options: { ...vector.options, iouThreshold: 0 } }
}

/** @throws when the boxes of the RTL differ from those of `detectFast` */
export async function measureNmsCycles(
  counts: readonly number[] = [0, 1, 10, 100, 300, 1024],
): Promise<NmsCycles[]> {
  await using dut = await simulate<HeadPorts>(benchOptions(parameters, 8))
  const frames = [
    ...counts.map((count) => ({ what: 'random boxes of 80 classes', vector: makeRandomFrame(count, 80) })),
    ...counts.map((count) => ({ what: 'random boxes of one class', vector: makeRandomFrame(count, 1) })),
    { what: 'worst case', vector: makeWorstFrame() },
  ]
  const rows: NmsCycles[] = []
  for (const { what, vector } of frames) {
    const { result, cycles } = await runHead(dut, vector, parameters)
    const { geometry, head, boxCodes, classCodes, options } = vector
    const expected = detectFast(geometry, head, boxCodes, classCodes, options)
    if (JSON.stringify(result) !== JSON.stringify(expected)) {
      throw new Error(
        `${what}, ${result.candidates} candidates: the RTL's boxes are not the reference model's.`,
      )
    }
    rows.push({ what, candidates: result.candidates, kept: result.boxes.length, cycles })
  }
  return rows
}

/** No candidate: every class logit is below minCode. */
function makeFrame(seed: number): HeadVector {
  return makeHeadVector({
    seed,
    levels: [
      [8, side, side],
      [16, side / 2, side / 2],
      [32, side / 4, side / 4],
    ],
    classes: 80,
    classRange: [0, 60],
    options: { minCode: 128 },
  })
}

function shuffle(length: number, random: (n: number) => number): number[] {
  const list = Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = random(index + 1)
    ;[list[index], list[other]] = [list[other]!, list[index]!]
  }
  return list
}
