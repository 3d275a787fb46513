/**
 * What a child keeps of steps that it runs from many random power-ups: the beats that load their inputs, and what the tap showed when a
 * step was exact. A run that shows the same, beat for beat, is exact as well; any other is compared element by element, as the first was.
 */
import type { StepRun } from '../../detector/run.ts'
import { isRed, type LayerResult } from '../../result/result.ts'

/** Bytes that a child keeps at most: the steps of a large model that find no room are packed and compared each time. */
const MOST_BYTES = 192e6

/** What may differ between two exact runs of a step. */
export type Measured = Pick<LayerResult, 'cycles' | 'seconds' | 'lost'>

export interface KeptSteps {
  /** The beats of a tensor, which are made when it is first asked for. @param name of the tensor */
  packed(name: string, pack: () => Uint8Array): Uint8Array
  /** Keeps a run that was exact. @returns whether it did */
  keep(pc: number, run: StepRun, layer: LayerResult): boolean
  /** Null if the run has to be compared: it is not what was kept of the step, or nothing was. */
  matchExact(pc: number, run: StepRun): Measured | null
}

export function createKeptSteps(mostBytes = MOST_BYTES): KeptSteps {
  const inputs = new Map<string, Uint8Array>()
  const outputs = new Map<number, Uint8Array>()
  let left = mostBytes
  const fits = ({ length }: Uint8Array): boolean => {
    if (length > left) return false
    left -= length
    return true
  }
  return {
    packed: (name, pack) => {
      const known = inputs.get(name)
      if (known !== undefined) return known
      const packed = pack()
      if (fits(packed)) inputs.set(name, packed)
      return packed
    },
    keep: (pc, { beats }, layer) => {
      if (beats === null || isRed(layer) || outputs.has(pc) || !fits(beats.data)) return false
      outputs.set(pc, beats.data)
      return true
    },
    matchExact: (pc, { beats, idle, memory, cycles, seconds }) => {
      const before = outputs.get(pc)
      if (before === undefined || beats === null || idle !== 0) return null
      if (memory !== null && memory.lost.size > 0) return null
      if (Buffer.compare(before, beats.data) !== 0) return null
      return { cycles, seconds, lost: memory === null ? null : 0 }
    },
  }
}
