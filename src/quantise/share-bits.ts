/** How bits of memory are shared out among scale groups, by the error that each adds with few bits. */

/** Error that a group adds, by its bits. It does not grow with them. */
export type Curve = ReadonlyMap<number, number>

/** Codes that a group stores, in graph order. */
export type Stored = ReadonlyMap<string, number>

export interface Limits {
  readonly least: number
  readonly most: number
  /** Bits of memory over `least` of all groups. */
  readonly room: number
}

/** The same bits for all groups, as many as there is room for. */
export function levelOut(
  open: readonly string[],
  stored: Stored,
  { least, most, room }: Limits,
): ReadonlyMap<string, number> {
  const codes = open.reduce((sum, group) => sum + stored.get(group)!, 0)
  const bits = codes === 0 ? least : Math.min(most, least + Math.floor(room / codes))
  return new Map(open.map((group) => [group, bits]))
}

/** The error of rounding falls to a quarter with each bit: the curve of that form with the least squared distance. */
export function fitCurve(curve: Curve): Curve {
  let [product, square] = [0, 0]
  for (const [bits, error] of curve) {
    product += error * 4 ** -bits
    square += 16 ** -bits
  }
  return new Map([...curve.keys()].map((bits) => [bits, (product / square) * 4 ** -bits]))
}

/** Bits of each group: the step with the most error less for each bit of memory, as long as there is room for one. */
export function shareOut(
  curves: ReadonlyMap<string, Curve>,
  stored: Stored,
  { least, most, room }: Limits,
): ReadonlyMap<string, number> {
  const bits = new Map([...curves.keys()].map((group) => [group, least]))
  for (let left = room; ; ) {
    let best = { group: '', to: 0, cost: 0, gain: 0 }
    for (const [group, curve] of curves) {
      const from = bits.get(group)!
      for (let to = from + 1; to <= most; to++) {
        const cost = (to - from) * stored.get(group)!
        const gain = (curve.get(from)! - curve.get(to)!) / cost
        if (cost <= left && gain > best.gain) best = { group, to, cost, gain }
      }
    }
    if (best.gain === 0) return bits
    bits.set(best.group, best.to)
    left -= best.cost
  }
}
