/** Rules by which wrong codes follow from right ones, and how many wrong elements a rule explains. */
import { type Difference, ENOUGH_SHARE } from './fault-evidence.ts'
import { ENOUGH_BITS } from './hypotheses/chance.ts'

/**
 * Wrong elements that a rule explains.
 * @param rule the codes that the rule allows in place of the right one.
 * @param least share of the wrong elements that it must explain.
 */
export function explainWrong(
  difference: Difference,
  rule: (right: number) => ReadonlySet<number>,
  least = ENOUGH_SHARE,
): { readonly explained: number; readonly holds: boolean } {
  const { expected, actual, wrong, maxCode } = difference
  const memory = new Map<number, { allowed: ReadonlySet<number>; bits: number }>()
  let explained = 0
  let bits = 0
  for (const index of wrong) {
    const right = expected[index]!
    let entry = memory.get(right)
    if (entry === undefined) {
      const allowed = rule(right)
      entry = { allowed, bits: Math.log2((maxCode + 1) / Math.max(1, allowed.size)) }
      memory.set(right, entry)
    }
    if (!entry.allowed.has(actual[index]!)) continue
    explained++
    bits += entry.bits
  }
  return { explained, holds: explained >= least * wrong.length && bits >= ENOUGH_BITS }
}

/** For each output code, the table's indices that give it. */
function invert(table: ArrayLike<number>): ReadonlyMap<number, readonly number[]> {
  const indices = new Map<number, number[]>()
  for (let p = 0; p < table.length; p++) {
    const list = indices.get(table[p]!)
    if (list === undefined) indices.set(table[p]!, [p])
    else list.push(p)
  }
  return indices
}

/** Applies a change of the pre-activation's code through the table: all output codes that it can lead to. */
export function throughTable(
  table: ArrayLike<number>,
  change: (p: number) => readonly number[],
): (right: number) => ReadonlySet<number> {
  const inverse = invert(table)
  const last = table.length - 1
  return (right) => {
    const allowed = new Set<number>()
    for (const p of inverse.get(right) ?? [])
      for (const q of change(p)) allowed.add(table[Math.min(last, Math.max(0, q))]!)
    allowed.delete(right)
    return allowed
  }
}
