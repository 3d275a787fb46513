/** Where the records of a profile's stages lie in the engine's memory, and the rows that they work on. */
import { ASSAY } from '../arithmetic/built-in.ts'
import { profileOf } from './code-range.ts'
import { GROUP } from './engine-kernel.ts'
import { mostRecords, RECORD_BYTES } from './engine-stages.ts'
import type { IntegerGraph, IntegerNode } from './types.ts'

/** Bytes of the two blocks of int64 that an addition works on. */
const ADD_BYTES = 2 * 512 * 8
/** A row of int32 for each channel of a group, and one of int64; product by product, two of int64. */
const PIXEL_BYTES = GROUP * 4 + 8

export interface StageLayout {
  /** Records of each convolution and addition, those of a channel `recordBytes` from the ones before. */
  readonly records: ReadonlyMap<string, number>
  readonly recordBytes: number
  /** What a share works on, `scratchBytes` each. */
  readonly scratch: number
  readonly scratchBytes: number
  /** Room for a row of int64 and for the records of a channel, where accumulators are tallied. */
  readonly tally: number
}

/** Lists of records of a convolution behind those of its channels: of a product, and of a sum. */
export const PRODUCT_LISTS = 2

/** @returns null for the profile whose arithmetic the kernel has without records */
export function placeStages(
  graph: IntegerGraph,
  allocate: (bytes: number) => number,
  shares: number,
  withTallies: boolean,
): StageLayout | null {
  const profile = profileOf(graph)
  if (profile === ASSAY) return null
  const { add, requantise } = profile
  const lists = [requantise, ...(add.form === 'stages' ? [add.operand, add.sum] : [])]
  // One more for what the accumulator does with a sum that does not fit.
  const recordBytes = (Math.max(...lists.map(mostRecords)) + 2) * RECORD_BYTES
  const listsOf = ({ op, shape }: IntegerNode): number =>
    op === 'conv' ? Math.ceil(shape[0] / GROUP) * GROUP + PRODUCT_LISTS : op === 'add' ? 3 : 0
  const records = new Map(
    graph.nodes.flatMap((node) => {
      const own = listsOf(node)
      return own === 0 ? [] : [[node.name, allocate(own * recordBytes)] as const]
    }),
  )
  const widest = Math.max(...graph.nodes.map(({ shape: [, , width] }) => Math.ceil(width / 4) * 4))
  const scratchBytes = Math.max(widest * PIXEL_BYTES, ADD_BYTES)
  const scratch = allocate(scratchBytes * shares)
  const tally = withTallies ? allocate(widest * 8 + recordBytes) : 0
  return { records, recordBytes, scratch, scratchBytes, tally }
}
