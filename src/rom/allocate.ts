/**
 * Addresses for buffers with limited lifetimes, greedy by size (Pisarchyk and Lee, "Efficient memory management for
 * deep neural net inference", 2020): the largest buffer first, each at the lowest address free during its whole life.
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

export function allocate(buffers: readonly Lifetime[]): Allocation {
  const rows: number[] = []
  const order = buffers.map((_, index) => index).sort((a, b) => buffers[b]!.rows - buffers[a]!.rows)
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
