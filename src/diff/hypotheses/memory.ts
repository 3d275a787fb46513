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
 * @param from where the input is looked for; where it is unless given
 */
export function readOn(
  codes: Codes,
  written: Codes | Int32Array,
  { banks, lanes, input, output }: Memory,
  from: Placement = input,
): At {
  const ownAt = wordReader(input, codes, banks, lanes)
  const resultAt = wordReader(output, written, banks, lanes)
  const places = new Map([...input.channels].map((channel, place) => [channel, place]))
  const depth = places.size - (places.has(-1) ? 1 : 0)
  return (channel, y, x) => {
    // A word of an image that holds 2 x 2 pixels has a lane for each channel of each.
    const [side, corner] = input.spaceToDepth ? [2, 2 * (y & 1) + (x & 1)] : [1, 0]
    const place = corner * depth + places.get(channel)!
    const [block, lane] = [Math.floor(place / lanes), place % lanes]
    const column = Math.floor(x / side)
    const line = from.base + block * from.plane + Math.floor(y / side) * from.pitch
    const [row, bank] = [line + Math.floor(column / banks), ((column % banks) + banks) % banks]
    return ownAt(row, bank, lane) ?? (row < input.base ? null : resultAt(row, bank, lane)) ?? 0
  }
}

/** Codes of a tensor by their place in the memory; null where it does not lie. */
function wordReader(place: Placement, codes: Codes | Int32Array, banks: number, lanes: number) {
  const { base, plane, pitch, width, blocks } = place
  const { first, line, column } = walkLanes(place)
  return (row: number, bank: number, lane: number): number | null => {
    const [block, rest] = [Math.floor((row - base) / plane), (row - base) % plane]
    const [y, x] = [Math.floor(rest / pitch), (rest % pitch) * banks + bank]
    if (row < base || block >= blocks || x >= width) return null
    const from = first[block * lanes + lane]!
    return from < 0 ? 0 : Math.max(0, codes[from + y * line + x * column]!)
  }
}
