/** Which channels and which pixels are wrong: compact data for reports. */
import type { Codes } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'

export interface ErrorMap {
  /** Wrong elements of each channel. */
  readonly channels: readonly number[]
  /** Cells across and down, at most 64 each. */
  readonly width: number
  readonly height: number
  /** Pixels that a cell is wide and high; the last column and row may be cut off. */
  readonly cell: number
  /** Wrong elements of each cell over all channels, row by row. */
  readonly counts: readonly number[]
  /** Actual minus expected of each wrong element that was written: the 16 most frequent, with how often. */
  readonly steps: readonly (readonly [step: number, count: number])[]
}

const MOST_CELLS = 64

export function mapErrors(expected: Codes, actual: Codes | Int32Array, shape: Shape): ErrorMap {
  const [depth, rows, columns] = shape
  const cell = Math.max(1, Math.ceil(Math.max(rows, columns) / MOST_CELLS))
  const width = Math.ceil(columns / cell)
  const height = Math.ceil(rows / cell)
  const channels = new Array<number>(depth).fill(0)
  const counts = new Array<number>(width * height).fill(0)
  const steps = new Map<number, number>()
  let index = 0
  for (let channel = 0; channel < depth; channel++)
    for (let y = 0; y < rows; y++) {
      const base = Math.floor(y / cell) * width
      for (let x = 0; x < columns; x++, index++) {
        const got = actual[index]!
        if (got === expected[index]) continue
        channels[channel]!++
        counts[base + Math.floor(x / cell)]!++
        if (got < 0) continue
        const step = got - expected[index]!
        steps.set(step, (steps.get(step) ?? 0) + 1)
      }
    }
  const frequent = [...steps].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 16)
  return { channels, width, height, cell, counts, steps: frequent }
}

/** How often codes occur, in equal bins over the whole range. */
export interface CodeHistogram {
  /** Elements per bin; the range 0 to 2^A - 1 is cut into as many bins. */
  readonly expected: readonly number[]
  /** The same of what the hardware wrote; null if it is equal. */
  readonly actual: readonly number[] | null
}

const BINS = 32

/** @param actual null if every element is right. */
export function countCodes(
  expected: Codes,
  actual: Codes | Int32Array | null,
  activationBits: number,
): CodeHistogram {
  const bins = Math.min(BINS, 2 ** activationBits)
  const shift = Math.max(0, activationBits - Math.log2(BINS))
  const tally = (codes: ArrayLike<number>): readonly number[] => {
    const counts = new Array<number>(bins).fill(0)
    for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) counts[codes[i]! >> shift]!++
    return counts
  }
  return { expected: tally(expected), actual: actual === null ? null : tally(actual) }
}
