/** This file reads the boxes that DETECT leaves in the detector, one word each (docs/detector.md). */
import type { IntegerBox } from '../golden/types.ts'
import type { BulkDut } from '../simulate/types.ts'

export const field = (word: bigint, low: number, width: number): number =>
  Number((word >> BigInt(low)) & ((1n << BigInt(width)) - 1n))

const signed16 = (word: bigint, low: number): number => {
  const value = field(word, low, 16)
  return value >= 0x8000 ? value - 0x10000 : value
}

/** A box of `box_data_o`, or of the stream of boxes. */
export const unpackBox = (word: bigint): IntegerBox => ({
  x0: signed16(word, 0),
  y0: signed16(word, 16),
  x1: signed16(word, 32),
  y1: signed16(word, 48),
  classIndex: field(word, 64, 16),
  score: field(word, 80, 16),
  code: field(word, 96, 8),
  anchor: field(word, 104, 24),
})

export interface DetectorBoxes {
  readonly boxes: readonly IntegerBox[]
  readonly candidates: number
  readonly overflow: boolean
}

/** Reads the boxes of the last DETECT. */
export async function readBoxes(dut: BulkDut): Promise<DetectorBoxes> {
  const [count, candidates, overflow] = await dut.read('box_count_o', 'candidate_count_o', 'overflow_o')
  // A model answers in the order in which it is asked: nobody waits for one answer before the next question.
  const asked = Array.from({ length: Number(count) }, (_, index) => [
    dut.write({ box_addr_i: index }),
    dut.step(),
    dut.read('box_data_o'),
  ])
  const words = (await Promise.all(asked.flat())).filter((answer) => answer !== undefined)
  const boxes = words.map(([data]) => unpackBox(BigInt(data as bigint)))
  return { boxes, candidates: Number(candidates), overflow: Number(overflow) === 1 }
}
