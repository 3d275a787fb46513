/** This file splits the words that the tap shows by instruction, and tells the simulation which memory must hold them. */
import { featureBytes, type TapWords } from '../rom/pack.ts'
import { banks, type EngineParameters } from '../rom/parameters.ts'
import type { MemoryCheck } from '../simulate/types.ts'

/** Splits the beats of the tap, each of which holds pc (2 bytes), address (4) and word, by instruction. */
export function splitTaps(
  beats: { readonly data: Uint8Array; readonly cycles: Float64Array },
  engine: EngineParameters,
): ReadonlyMap<number, TapWords> {
  const word = featureBytes(engine)
  const beat = 6 + word
  const count = beats.cycles.length
  const view = new DataView(beats.data.buffer, beats.data.byteOffset, beats.data.byteLength)
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const pc = view.getUint16(i * beat, true)
    counts.set(pc, (counts.get(pc) ?? 0) + 1)
  }
  const taps = new Map<number, { addresses: Uint32Array; data: Uint8Array; cycles: Float64Array }>()
  const filled = new Map<number, number>()
  for (const [pc, words] of counts)
    taps.set(pc, {
      addresses: new Uint32Array(words),
      data: new Uint8Array(words * word),
      cycles: new Float64Array(words),
    })
  for (let i = 0; i < count; i++) {
    const pc = view.getUint16(i * beat, true)
    const own = taps.get(pc)!
    const at = filled.get(pc) ?? 0
    filled.set(pc, at + 1)
    own.addresses[at] = view.getUint32(i * beat + 2, true)
    own.data.set(beats.data.subarray(i * beat + 6, (i + 1) * beat), at * word)
    own.cycles[at] = beats.cycles[i]!
  }
  return taps
}

export const featureMemory = (engine: EngineParameters): MemoryCheck => ({
  stream: 'tap',
  writer: 'pc',
  address: 'addr',
  data: 'data',
  banks: Array.from({ length: banks(engine) }, (_, bank) => `detector.u_features.g_bank[${bank}]`),
  variable: 'mem',
})
