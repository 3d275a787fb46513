/** The weights as the bytes of a memory, where the detector reads them from one (docs/detector.md, "Weights from a memory"). */
import type { Step } from './emit.ts'
import { type RomImage, wordBytes } from './formats/types.ts'

/** File of these bytes, beside the ROMs. */
export const WEIGHTS_IMAGE = 'weights.bin'

/** A word begins at a multiple of so many bytes, whatever the width of the memory's bus. */
const UNIT = 16

/** Word i in bytes `i * ⌈width / 128⌉ * 16` on, least significant byte first; bytes behind a word are 0. */
export function memoryImage({ width, depth, bytes }: RomImage): Uint8Array<ArrayBuffer> {
  const own = wordBytes(width)
  const stride = Math.ceil(own / UNIT) * UNIT
  const image = new Uint8Array(depth * stride)
  for (let word = 0; word < depth; word++)
    image.set(bytes.subarray(word * own, (word + 1) * own), word * stride)
  return image
}

/** Weight words of the largest output group of a program. */
export const largestGroup = (steps: readonly Step[]): number =>
  Math.max(
    1,
    ...steps.map(({ instruction }) =>
      instruction.op === 'conv' ? instruction.kernel ** 2 * instruction.inputBlocks : 0,
    ),
  )
