/**
 * Addresses for buffers with limited lifetimes, greedy (Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
 * 2020): one after another, each at the lowest address free during its whole life. The largest first is not always best, so that several
 * orders are tried.
 */

export interface Lifetime {
  readonly rows: number
  /** First instruction that writes it; -1 for the image, which the host writes. */
  readonly first: number
  /** Last instruction that reads it (or writes it, where nobody reads). */
  readonly last: number
}

export interface Allocation {
  /** First row of each buffer. */
  readonly rows: readonly number[]
  /** Rows in use at the busiest moment, gaps included: the depth the memory must have. */
  readonly peak: number
}

const overlapInTime = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last

/** Orders in which buffers are placed, the one of the paper first. */
const ORDERS: readonly ((a: Lifetime, b: Lifetime) => number)[] = [
  (a, b) => b.rows - a.rows,
  (a, b) => a.first - b.first || b.rows - a.rows,
  (a, b) => b.last - b.first - (a.last - a.first) || b.rows - a.rows,
  (a, b) => b.rows * (b.last - b.first + 1) - a.rows * (a.last - a.first + 1),
]

/** The best of several orders; of equals the first. */
export function allocate(buffers: readonly Lifetime[]): Allocation {
  const least = mostAtOnce(buffers)
  let best: Allocation | null = null
  for (const order of ORDERS) {
    const found = allocateIn(buffers, order)
    if (best === null || found.peak < best.peak) best = found
    if (best.peak === least) break
  }
  return best!
}

/** Rows that are in use at the busiest moment: no allocation needs fewer. */
export const mostAtOnce = (buffers: readonly Lifetime[]): number =>
  Math.max(
    0,
    ...buffers.map(({ first }) =>
      buffers.reduce((sum, one) => sum + (one.first <= first && first <= one.last ? one.rows : 0), 0),
    ),
  )

function allocateIn(buffers: readonly Lifetime[], by: (a: Lifetime, b: Lifetime) => number): Allocation {
  const rows: number[] = []
  const order = buffers.map((_, index) => index).sort((a, b) => by(buffers[a]!, buffers[b]!))
  const placed: number[] = []
  let peak = 0
  for (const index of order) {
    const buffer = buffers[index]!
    const busy = placed
      .filter((other) => overlapInTime(buffer, buffers[other]!))
      .map((other) => [rows[other]!, rows[other]! + buffers[other]!.rows] as const)
      .sort((a, b) => a[0] - b[0])
    let at = 0
    for (const [begin, end] of busy) {
      if (begin - at >= buffer.rows) break
      at = Math.max(at, end)
    }
    rows[index] = at
    peak = Math.max(peak, at + buffer.rows)
    placed.push(index)
  }
  return { rows, peak }
}

/** Pairs of buffers that share a row at the same time; empty for a sound allocation. An independent check of `allocate`. */
export function findOverlaps(buffers: readonly Lifetime[], rows: readonly number[]): [number, number][] {
  const overlaps: [number, number][] = []
  for (let a = 0; a < buffers.length; a++) {
    for (let b = a + 1; b < buffers.length; b++) {
      const sharesRows = rows[a]! < rows[b]! + buffers[b]!.rows && rows[b]! < rows[a]! + buffers[a]!.rows
      if (sharesRows && overlapInTime(buffers[a]!, buffers[b]!)) overlaps.push([a, b])
    }
  }
  return overlaps
}

/** @throws Error if two buffers share a row at the same time */
export function refuseOverlaps(buffers: readonly Lifetime[], rows: readonly number[]): void {
  const [overlap] = findOverlaps(buffers, rows)
  if (overlap !== undefined) throw new Error(`feature memory: buffers ${overlap.join(' and ')} overlap`)
}
