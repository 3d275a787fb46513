/** What the feature memory holds beside a tensor, for hardware that reads on where it should pad (docs/detector.md, "Feature memory"). */
import type { CodeTensor } from '../../golden/codes.ts'
import type { Codes } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import { walkLanes } from '../../rom/pack.ts'
import type { Placement } from '../../rom/placement.ts'
import type { At, Hypothesis, Memory, Prediction, Surroundings } from './hypothesis.ts'

type IsThere = (y: number, x: number) => boolean

const inside = (at: number, length: number): boolean => at >= 0 && at < length

/** Nowhere is padding, or not at one side; at its corners there is the padding of the other side. */
const SIDES: readonly (readonly [end: string, where: string, of: (shape: Shape) => IsThere])[] = [
  ['', '', () => () => true],
  [
    '-above',
    ' above',
    ([, , width]) =>
      (y, x) =>
        y < 0 && inside(x, width),
  ],
  [
    '-below',
    ' below',
    ([, height, width]) =>
      (y, x) =>
        y >= height && inside(x, width),
  ],
  [
    '-left',
    ' to the left',
    ([, height]) =>
      (y, x) =>
        x < 0 && inside(y, height),
  ],
  [
    '-right',
    ' to the right',
    ([, height, width]) =>
      (y, x) =>
        x >= width && inside(y, height),
  ],
]

/**
 * @param padding the code of padding
 * @param predict what the layer gives with these codes outside of its input
 */
export const listNoPadding = (
  { codes, shape }: CodeTensor,
  padding: number,
  { memory, written }: Surroundings,
  predict: (outside: At) => Prediction,
): readonly Hypothesis[] =>
  memory === undefined || written === undefined
    ? []
    : SIDES.map(([end, where, of]) => ({
        ...{ id: `no-padding${end}`, change: 'border' },
        says: `no padding${where}: what the memory holds beside the input`,
        predict: () => {
          const [isThere, read] = [of(shape), readOn(codes, written, memory)]
          return predict((channel, y, x) => (isThere(y, x) ? read(channel, y, x) : padding))
        },
      }))

/**
 * The codes at pixels outside of the input. Blocks follow each other without a gap, so that most are the input's own. Behind it there
 * may be the results, the first of which are written by then; those in front of it come last.
 *
 * @param written what the layer wrote, -1 where nothing
 */
function readOn(codes: Codes, written: Codes | Int32Array, { banks, lanes, input, output }: Memory): At {
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
    const line = input.base + block * input.plane + Math.floor(y / side) * input.pitch
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
