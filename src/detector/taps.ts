/** This file splits the words that the tap shows by instruction, and tells the simulation which memory must hold them. */
import { featureBytes, type TapWords } from '../rom/pack.ts'
import { banks, type EngineParameters } from '../rom/parameters.ts'
import type { MemoryCheck } from '../simulate/types.ts'

/**
 * Splits the beats of the tap, each of which holds pc (2 bytes), address (4) and word, by instruction.
 *
 * @param first the cycle that counts as 0
 */
export function splitTaps(
  { data, cycles }: { readonly data: Uint8Array; readonly cycles: Float64Array },
  engine: EngineParameters,
  first: number,
): ReadonlyMap<number, TapWords> {
  const beat = 6 + featureBytes(engine)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const taps = new Map<number, ReturnType<typeof makeWords>>()
  for (const [pc, count] of countWriters(view, beat)) taps.set(pc, makeWords(data, count))
  const filled = new Uint32Array(2 ** 16)
  let pc = -1
  let own = makeWords(data, 0)
  for (let i = 0, from = 0; i < cycles.length; i++, from += beat) {
    const next = view.getUint16(from, true)
    if (next !== pc) own = taps.get(next)!
    pc = next
    const at = filled[pc]!++
    own.addresses[at] = view.getUint32(from + 2, true)
    own.starts[at] = from + 6
    own.cycles[at] = cycles[i]! - first
  }
  return taps
}

/** Words of each instruction, in the order in which they first write. */
function countWriters(beats: DataView, beat: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  let from = 0
  while (from < beats.byteLength) {
    const pc = beats.getUint16(from, true)
    const begin = from
    do from += beat
    while (from < beats.byteLength && beats.getUint16(from, true) === pc)
    counts.set(pc, (counts.get(pc) ?? 0) + (from - begin) / beat)
  }
  return counts
}

const makeWords = (data: Uint8Array, count: number) => ({
  addresses: new Uint32Array(count),
  data,
  starts: new Uint32Array(count),
  cycles: new Float64Array(count),
})

export const featureMemory = (engine: EngineParameters): MemoryCheck => ({
  stream: 'tap',
  writer: 'pc',
  address: 'addr',
  data: 'data',
  banks: Array.from({ length: banks(engine) }, (_, bank) => `detector.u_features.g_bank[${bank}]`),
  variable: 'mem',
})
