/** This file splits the words that the tap shows by instruction, and tells the simulation which memory must hold them. */
import { featureBytes, type TapWords } from '../rom/pack.ts'
import { banks, type EngineParameters } from '../rom/parameters.ts'
import type { MemoryCheck } from '../simulate/types.ts'

/** Splits the beats of the tap, each of which holds pc (2 bytes), address (4) and word, by instruction. */
export function splitTaps(
  beats: { readonly data: Uint8Array; readonly cycles: Float64Array },
  engine: EngineParameters,
): ReadonlyMap<number, TapWords> {
  const beat = 6 + featureBytes(engine)
  const { data, cycles } = beats
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const counts = new Uint32Array(2 ** 16)
  for (let i = 0; i < cycles.length; i++) counts[view.getUint16(i * beat, true)]!++
  const taps = new Map<number, ReturnType<typeof makeWords>>()
  for (const [pc, count] of counts.entries()) if (count > 0) taps.set(pc, makeWords(data, count))
  counts.fill(0)
  let pc = -1
  let own = makeWords(data, 0)
  for (let i = 0, from = 0; i < cycles.length; i++, from += beat) {
    const next = view.getUint16(from, true)
    if (next !== pc) own = taps.get(next)!
    pc = next
    const at = counts[pc]!++
    own.addresses[at] = view.getUint32(from + 2, true)
    own.starts[at] = from + 6
    own.cycles[at] = cycles[i]!
  }
  return taps
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
