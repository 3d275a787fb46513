/** Which channels and which pixels are wrong: compact data for reports. */
import * as v from 'valibot'
import { ownCode } from '../golden/code-range.ts'
import type { Codes } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { type Checked, count, described, openObject, whole } from '../input/schema.ts'

const MOST_CELLS = 64
const MOST_STEPS = 16
const BINS = 32
const MOST_CODES = 2 ** 16

export const errorMapSchema = described(
  openObject({
    channels: described(v.array(count), 'Wrong elements of each channel.'),
    width: described(whole(1, MOST_CELLS), 'Cells across.'),
    height: described(whole(1, MOST_CELLS), 'Cells down.'),
    cell: described(whole(1), 'Pixels that a cell is wide and high; the last column and row may be cut off.'),
    counts: described(
      v.pipe(v.array(count), v.maxLength(MOST_CELLS ** 2)),
      'Wrong elements of each cell over all channels, row by row.',
    ),
    steps: described(
      v.pipe(v.array(v.strictTuple([whole(), count])), v.maxLength(MOST_STEPS)),
      'Actual minus expected of each wrong element that was written: the most frequent, with how often.',
    ),
  }),
  'Which channels and pixels are wrong.',
)
export type ErrorMap = Checked<typeof errorMapSchema>

const bins = v.pipe(v.array(count), v.maxLength(BINS))
export const histogramSchema = described(
  openObject({
    codes: described(
      v.optional(whole(2, 2 ** 16)),
      "Codes that the bins cut into equal parts: 2^A, or more where the hardware wrote a code beyond the tensor's A bits. Older reports have the 2^A of the model.",
    ),
    least: described(
      v.optional(whole(-(2 ** 15), 0)),
      'Code at which the first bin begins: half of `codes` below 0 where codes are signed. Absent: 0.',
    ),
    expected: described(bins, 'Elements per bin.'),
    actual: described(v.nullable(bins), 'The same of what the hardware wrote; null if it is equal.'),
  }),
  "How often a layer's codes occur.",
)
export type CodeHistogram = Checked<typeof histogramSchema>

/** @param offset what codes are carried above the hardware's own. */
export function mapErrors(expected: Codes, actual: Codes | Int32Array, shape: Shape, offset = 0): ErrorMap {
  const [depth, rows, columns] = shape
  const cell = Math.max(1, Math.ceil(Math.max(rows, columns) / MOST_CELLS))
  const width = Math.ceil(columns / cell)
  const height = Math.ceil(rows / cell)
  const channels = new Array<number>(depth).fill(0)
  const counts = new Array<number>(width * height).fill(0)
  const steps = stepTally()
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
        steps.add(ownCode(got, offset) - ownCode(expected[index]!, offset))
      }
    }
  return { channels, width, height, cell, counts, steps: steps.frequent(MOST_STEPS) }
}

/** Counts how often each whole number comes: those near 0, which most are, in an array. */
export function stepTally(): {
  readonly add: (step: number) => void
  /** The most frequent, with how often. */
  readonly frequent: (most: number) => [step: number, times: number][]
} {
  const near = new Uint32Array(2 * MOST_CODES)
  const far = new Map<number, number>()
  return {
    add: (step) => {
      if (step >= -MOST_CODES && step < MOST_CODES) near[step + MOST_CODES]!++
      else far.set(step, (far.get(step) ?? 0) + 1)
    },
    frequent: (most) => {
      const all: [number, number][] = [...far]
      for (const [at, times] of near.entries()) if (times > 0) all.push([at - MOST_CODES, times])
      return all.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most)
    },
  }
}

/**
 * @param actual null if every element is right.
 * @param bits A of the tensor; hardware that saturates elsewhere writes codes beyond it.
 * @param offset what codes are carried above the hardware's own: 0, or half of them.
 */
export function countCodes(
  expected: Codes,
  actual: Codes | Int32Array | null,
  bits: number,
  offset = 0,
): CodeHistogram {
  let codes = 2 ** bits
  const leastOf = (): number => (offset === 0 ? 0 : -codes / 2)
  for (const carried of actual ?? []) {
    const code = carried < 0 ? 0 : ownCode(carried, offset)
    while (codes < MOST_CODES && (code < leastOf() || code >= leastOf() + codes)) codes *= 2
  }
  const bins = Math.min(BINS, codes)
  const span = Math.max(1, codes / BINS)
  const least = leastOf()
  const tally = (values: ArrayLike<number>): readonly number[] => {
    const counts = new Array<number>(bins).fill(0)
    const add = (carried: number, times: number): void => {
      const bin = Math.floor((ownCode(carried, offset) - least) / span)
      // Of codes that no tensor can have, the ends have a share.
      counts[Math.min(bins - 1, Math.max(0, bin))]! += times
    }
    const common = new Uint32Array(MOST_CODES)
    for (let i = 0; i < values.length; i++) {
      const carried = values[i]!
      // Never written.
      if (carried < 0) continue
      if (carried < MOST_CODES) common[carried]!++
      else add(carried, 1)
    }
    for (let carried = 0; carried < MOST_CODES; carried++)
      if (common[carried]! > 0) add(carried, common[carried]!)
    return counts
  }
  return {
    codes,
    ...(offset === 0 ? {} : { least }),
    expected: tally(expected),
    actual: actual === null ? null : tally(actual),
  }
}
