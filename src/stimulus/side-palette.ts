/** Distances that one side of a box can have, each with logits that give it. */
import { decodeSide } from '../golden/head-spec.ts'

export interface SidePalette {
  /** Ascending, without repeats, in sixteenths of a pixel. */
  readonly distances: readonly number[]
  /** Logit codes of a distance of the palette, one per bin. */
  logitsOf(distance: number): readonly number[]
  has(distance: number): boolean
}

/** All of two neighbouring bins' shares, and a third bin beside them: distances close enough that two of them have nearly any sum. */
export function makePalette(expTable: Uint16Array, regMax: number, stride: number): SidePalette {
  const top = expTable.length - 1
  const known = new Map<number, readonly number[]>()
  const take = (logits: readonly number[]): void => {
    const distance = decodeSide(expTable, logits, stride)
    if (!known.has(distance)) known.set(distance, logits)
  }
  const shares = (bins: readonly (readonly [bin: number, below: number])[]): readonly number[] => {
    const logits = new Array<number>(regMax).fill(0)
    for (const [bin, below] of bins) if (bin < regMax) logits[bin] = top - below
    return logits
  }
  const step = Math.max(1, Math.floor(top / 64))
  for (let bin = 0; bin < regMax; bin++)
    for (let below = 0; below <= top; below += step) {
      take(shares([[bin, 0], [bin + 1, below]])) // biome-ignore format: pairs
      take(shares([[bin, below], [bin + 1, 0]])) // biome-ignore format: pairs
      take(shares([[bin, below], [(bin + 5) % regMax, 0]])) // biome-ignore format: pairs
    }
  const distances = [...known.keys()].sort((a, b) => a - b)
  return {
    distances,
    has: (distance) => known.has(distance),
    logitsOf: (distance) => {
      const logits = known.get(distance)
      if (logits === undefined) throw new RangeError(`no logits give the distance ${distance}`)
      return logits
    },
  }
}

/** Two boxes with the same height, the second inside the first and its anchor one cell to the right: sides before and behind the anchor. */
export interface NestedPair {
  readonly outer: readonly [before: number, behind: number]
  readonly inner: readonly [before: number, behind: number]
  /** inter · (2^10 + T) - T · (areas), per unit of height. */
  readonly excess: number
}

/**
 * Pairs whose overlap is nearest to T / 2^10: exactly on it, over it by the least that can be, under it by the least. Null if the
 * head's distances have no such pair.
 */
export function findNestedPairs(
  palette: SidePalette,
  cell: number,
  threshold: number,
): Readonly<Record<'exact' | 'over' | 'under', NestedPair | null>> {
  const best: Record<'exact' | 'over' | 'under', NestedPair | null> = { exact: null, over: null, under: null }
  const { distances } = palette
  const some = distances.filter((_, i) => i % Math.max(1, Math.floor(distances.length / 160)) === 0)
  for (const before of some)
    for (const behind of some) {
      const outer = before + behind
      if (behind < cell || outer === 0) continue
      const about = Math.floor((threshold * outer) / 1024)
      for (const width of [about, about + 1, about - 1]) {
        const excess = width * 1024 - threshold * outer
        const kind = excess === 0 ? 'exact' : excess > 0 ? 'over' : 'under'
        const known = best[kind]
        // The nearer the ratio of the areas, the nearer the overlap.
        if (known !== null && Math.abs(known.excess) * outer <= Math.abs(excess) * sum(known.outer)) continue
        const inner = width <= 0 ? null : findInner(palette, [before, behind], width, cell)
        if (inner !== null) best[kind] = { outer: [before, behind], inner, excess }
      }
    }
  return best
}

const sum = ([a, b]: readonly [number, number]): number => a + b

function findInner(
  palette: SidePalette,
  [before, behind]: readonly [number, number],
  width: number,
  cell: number,
): readonly [number, number] | null {
  const most = Math.min(width, behind - cell)
  for (const right of palette.distances) {
    if (right > most) return null
    const left = width - right
    if (left <= before + cell && palette.has(left)) return [left, right]
  }
  return null
}
