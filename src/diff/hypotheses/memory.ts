/** What the feature memory holds beside a tensor, for hardware that reads at another place than it should (docs/detector.md, "Feature memory"). */
import type { Codes } from '../../golden/types.ts'
import { walkLanes } from '../../rom/pack.ts'
import type { Placement } from '../../rom/placement.ts'
import type { At, Memory } from './hypothesis.ts'

/**
 * The codes at any pixel, also outside of the input. Blocks follow each other without a gap, so that most are the input's own. Behind it there
 * may be the results, the first of which are written by then; those in front of it come last.
 *
 * @param written what the layer wrote, -1 where nothing
 * @param from where the input is looked for
 */
export function readOn(
  codes: Codes,
  written: Codes | Int32Array,
  { banks, lanes, input, output }: Memory,
  from: Placement,
): At {
  const ownAt = wordReader(input, codes, banks, lanes)
  const resultAt = wordReader(output, written, banks, lanes)
  const addressOf = placeIn(from, banks, lanes)
  return (channel, y, x) => {
    const [row, ...at] = addressOf(channel, y, x)
    return ownAt(row, ...at) ?? (row < input.base ? null : resultAt(row, ...at)) ?? 0
  }
}

/**
 * The codes that stand where a tensor should, if they were written as a tensor of another place; -1 where nothing was written.
 *
 * @param own where the tensor should be
 * @param place where it was written
 */
export function readWritten(codes: Codes, own: Placement, place: Placement, { banks, lanes }: Memory): At {
  const codeAt = wordReader(place, codes, banks, lanes)
  const addressOf = placeIn(own, banks, lanes)
  return (channel, y, x) => codeAt(...addressOf(channel, y, x)) ?? -1
}

/** Row, bank and lane of a pixel's code. */
function placeIn({ base, plane, pitch, channels, spaceToDepth }: Placement, banks: number, lanes: number) {
  const places = new Map([...channels].map((channel, place) => [channel, place]))
  const depth = places.size - (places.has(-1) ? 1 : 0)
  return (channel: number, y: number, x: number): readonly [row: number, bank: number, lane: number] => {
    // A word of an image that holds 2 x 2 pixels has a lane for each channel of each.
    const [side, corner] = spaceToDepth ? [2, 2 * (y & 1) + (x & 1)] : [1, 0]
    const place = corner * depth + places.get(channel)!
    const column = Math.floor(x / side)
    const line = base + Math.floor(place / lanes) * plane + Math.floor(y / side) * pitch
    return [line + Math.floor(column / banks), ((column % banks) + banks) % banks, place % lanes]
  }
}

/** Codes of a tensor by their place in the memory; null where it does not lie. */
function wordReader(place: Placement, codes: Codes | Int32Array, banks: number, lanes: number) {
  const { base, plane, pitch, width, height, blocks } = place
  const { first, line, column } = walkLanes(place)
  return (row: number, bank: number, lane: number): number | null => {
    // Of blocks that lie over each other the later one is written later.
    for (let block = Math.min(blocks - 1, Math.floor((row - base) / plane)); block >= 0; block--) {
      const rest = row - base - block * plane
      const [y, x] = [Math.floor(rest / pitch), (rest % pitch) * banks + bank]
      if (y >= height) return null
      if (x >= width) continue
      const from = first[block * lanes + lane]!
      return from < 0 ? 0 : Math.max(0, codes[from + y * line + x * column]!)
    }
    return null
  }
}
