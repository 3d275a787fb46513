/** What the feature memory holds beside a tensor, for hardware that reads on where it should pad (docs/detector.md, "Feature memory"). */
import type { Codes } from '../../golden/types.ts'
import { walkLanes } from '../../rom/pack.ts'
import type { At, Memory } from './hypothesis.ts'

/**
 * The codes at pixels outside of the input. Blocks follow each other without a gap, so that most are the input's own. Behind it there
 * may be the results, the first of which are written by then; those in front of it come last.
 *
 * @param written what the layer wrote, -1 where nothing
 */
export function readOn(codes: Codes, written: Codes | Int32Array, memory: Memory): At {
  const { banks, lanes, input, output } = memory
  const own = walkLanes(input)
  const results = walkLanes(output)
  const places = new Map([...input.channels].map((channel, place) => [channel, place]))
  const depth = places.size - (places.has(-1) ? 1 : 0)
  const [inInput, inOutput] = [own, results].map(({ first, line, column }, which) => {
    const { base, plane, pitch, width, blocks } = which === 0 ? input : output
    const of = which === 0 ? codes : written
    return (row: number, bank: number, lane: number): number | null => {
      const [block, rest] = [Math.floor((row - base) / plane), (row - base) % plane]
      const [y, x] = [Math.floor(rest / pitch), (rest % pitch) * banks + bank]
      if (row < base || block >= blocks || x >= width) return null
      const from = first[block * lanes + lane]!
      return from < 0 ? 0 : Math.max(0, of[from + y * line + x * column]!)
    }
  })
  return (channel, y, x) => {
    // A word of an image that holds 2 x 2 pixels has a lane for each channel of each.
    const [side, corner] = input.spaceToDepth ? [2, 2 * (y & 1) + (x & 1)] : [1, 0]
    const place = corner * depth + places.get(channel)!
    const [block, lane] = [Math.floor(place / lanes), place % lanes]
    const column = Math.floor(x / side)
    const line = input.base + block * input.plane + Math.floor(y / side) * input.pitch
    const [row, bank] = [line + Math.floor(column / banks), ((column % banks) + banks) % banks]
    return inInput!(row, bank, lane) ?? (row < input.base ? null : inOutput!(row, bank, lane)) ?? 0
  }
}
