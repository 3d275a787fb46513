/** The stages of a profile on many accumulators of a channel, by the engine's kernel. */
import type { ChannelParameters, Stage } from '../arithmetic/stages.ts'
import { type Kernel, KernelMemory } from './engine-kernel.ts'
import { encodeStages, RECORD_BYTES, type RunBegin, writeRecords } from './engine-stages.ts'

/** Accumulators that are computed together. */
const BLOCK = 65_536
const RECORDS = 16
const MOST_RECORDS = 64
const RUN = RECORDS + MOST_RECORDS * RECORD_BYTES
const WORDS = RUN + 8 * BLOCK

let own: { readonly kernel: Kernel; readonly buffer: SharedArrayBuffer } | undefined

/** A kernel for runs alone, made once. */
function openKernel(): { readonly kernel: Kernel; readonly buffer: SharedArrayBuffer } {
  if (own === undefined) {
    const memory = new KernelMemory()
    own = { kernel: memory.kernel, buffer: memory.reserve(WORDS + 4 * BLOCK) }
  }
  return own
}

/**
 * What each accumulator becomes behind all stages, as `runStages` of arithmetic/run-stages.ts says it: the code as the hardware has
 * it, without the offset at which Assay carries it.
 *
 * @param accs integers; in doubles below 2^53
 * @param refuse throws an error of its own where a stage takes more than 64 bits
 * @returns as many values; those of stages that end in more than 32 bits are cut to 32
 * @throws RangeError for a number that is no integer, or where a stage takes more than 64 bits of a value as large as these
 */
export const runStagesFast = (
  stages: readonly Stage[],
  accs: Float64Array | BigInt64Array,
  by: ChannelParameters,
  refuse?: RunBegin['refuse'],
): Int32Array => stageRunner(stages, by, bitsOf(accs), refuse)(accs)

/** The same for many calls. @param bits of the largest accumulator, signed */
export function stageRunner(
  stages: readonly Stage[],
  by: ChannelParameters,
  bits: number,
  refuse?: RunBegin['refuse'],
): (accs: Float64Array | BigInt64Array) => Int32Array {
  const begin: RunBegin = {
    bits,
    from: bits <= 32 ? 'int32' : 'int64',
    refuse:
      refuse ??
      (({ stage }, taken) => {
        throw new RangeError(`stage ${stage} takes ${taken} bits of an accumulator of ${bits}, above 64`)
      }),
  }
  const { records } = encodeStages(stages, by, begin)
  const { kernel, buffer } = openKernel()
  const run = new BigInt64Array(buffer, RUN, BLOCK)
  const low = new Int32Array(buffer, RUN, 2 * BLOCK)
  const words = new Int32Array(buffer, WORDS, BLOCK)
  return (accs) => {
    writeRecords(buffer, RECORDS, records)
    const results = new Int32Array(accs.length)
    for (let first = 0; first < accs.length; first += BLOCK) {
      const count = Math.min(BLOCK, accs.length - first)
      if (begin.from === 'int32') {
        for (let i = 0; i < count; i++) words[i] = Number(accs[first + i]!)
        kernel.runStages32(WORDS, RUN, count, RECORDS)
      } else {
        for (let i = 0; i < count; i++) run[i] = BigInt(accs[first + i]!)
        kernel.runStages(RUN, count, RECORDS)
      }
      for (let i = 0; i < count; i++) results[first + i] = low[2 * i]!
    }
    return results
  }
}

/** Signed bits of the largest. */
function bitsOf(accs: Float64Array | BigInt64Array): number {
  // Of a negative number the complement has as many bits.
  if (accs instanceof BigInt64Array) {
    let all = 0n
    for (const acc of accs) all |= acc < 0n ? ~acc : acc
    return all.toString(2).length + (all === 0n ? 0 : 1)
  }
  let largest = 0
  for (const acc of accs) {
    if (!Number.isSafeInteger(acc)) throw new RangeError(`Expected integers below 2^53, got ${acc}`)
    largest = Math.max(largest, acc < 0 ? -acc - 1 : acc)
  }
  return largest === 0 ? 1 : BigInt(largest).toString(2).length + 1
}
