/** What the stages of a profile did with the accumulators of a convolution. For stimulus: plain, and slow beside the kernel. */
import { roundingPair, saturated } from '../arithmetic/rounding-pair.ts'
import { codeOffset, codeRange } from './code-range.ts'
import type { SumPlan } from './engine-accumulator.ts'
import { GROUP, type Kernel } from './engine-kernel.ts'
import type { Layout } from './engine-layout.ts'
import { type Plan, sumsOf } from './engine-plan.ts'
import { encodeChannel } from './engine-stage-parameters.ts'
import { writeRecords } from './engine-stages.ts'
import { clamp } from './fixed-point.ts'
import { channelParameters } from './requantise.ts'
import type { IntegerConv } from './types.ts'

/** What A-4 did with the accumulators of a convolution. */
export interface Tally {
  /** The least and the greatest accumulator, and 0. */
  readonly least: number
  readonly most: number
  /**
   * Accumulators exactly between two codes that the clamp and the activation table leave apart, from 0 on and below 0: roundings differ
   * in what they do on either side. Of the stages of a profile: those that roundings of the declared kind bring to different outputs
   * (arithmetic/rounding-pair.ts).
   */
  readonly tiesAbove: number
  readonly tiesBelow: number
  /** Those that the last narrow of a profile limits, or wraps. */
  readonly clampedLow: number
  readonly clampedHigh: number
  /** 1 for each code that came out. */
  readonly codes: Uint8Array
}

/** @param begins with which row each share of the convolution began */
export function tallyStages(
  kernel: Kernel,
  memory: SharedArrayBuffer,
  node: IntegerConv,
  sums: SumPlan,
  { layout, profile }: Plan,
  begins: readonly number[],
): Tally {
  const { requantise } = profile
  const [channels, , width] = node.shape
  const [low, high] = codeRange(profile, node.requantBits)
  const offset = codeOffset(profile, node.requantBits)
  const codes = new Uint8Array(2 ** node.requantBits)
  const outputOf = (code: number): number => node.table?.[code + offset] ?? code
  const counts = { least: 0, most: 0, tiesAbove: 0, tiesBelow: 0, clampedLow: 0, clampedHigh: 0 }
  const run = layout.stages!.tally
  const records = run + Math.ceil(width / 4) * 4 * 8
  const values = new BigInt64Array(memory, run, width)
  const plan: SumPlan = { ...sums, way: 'products' }
  const encodeLists = (channel: number) => {
    const by = channelParameters(profile, node, channel)
    const own = [[], requantise.slice(0, -1), requantise].map((stages) => ({ stages, by }))
    return [...own, ...roundingPair(saturated(requantise), by)].map((list) =>
      encodeChannel(node, plan, profile, channel, list),
    )
  }
  const known = Array.from({ length: channels }, (_, channel) => encodeLists(channel))
  const words = known[0]!.map(() => new Int32Array(2 * width))
  for (const { row, channel } of keptRows(memory, node, layout, begins)) {
    if (channel >= channels) continue
    for (const [index, own] of known[channel]!.entries()) {
      values.set(row)
      writeRecords(memory, records, own)
      kernel.runStages(run, width, records)
      words[index]!.set(new Int32Array(memory, run, 2 * width))
    }
    const [accs, raws, made, lower, upper] = words as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ]
    for (let i = 0; i < 2 * width; i += 2) {
      codes[made[i]! + offset] = 1
      const acc = numberAt(accs, i)
      if (acc < counts.least) counts.least = acc
      else if (acc > counts.most) counts.most = acc
      const raw = numberAt(raws, i)
      if (raw < low) counts.clampedLow++
      else if (raw > high) counts.clampedHigh++
      const output = outputOf(lower[i]!)
      if (output !== outputOf(upper[i]!) || output !== outputOf(clamp(raw, low, high)))
        counts[acc < 0 ? 'tiesBelow' : 'tiesAbove']++
    }
  }
  return { ...counts, codes }
}

/** An integer of 64 bits, low word first: exact below 2^53, and in order beyond. */
const numberAt = (words: Int32Array, i: number): number => (words[i]! >>> 0) + words[i + 1]! * 2 ** 32

/** The rows of a convolution as `conv` keeps them. */
function* keptRows(
  memory: SharedArrayBuffer,
  node: IntegerConv,
  layout: Layout,
  begins: readonly number[],
): Generator<{ readonly row: BigInt64Array; readonly channel: number }> {
  const [channels, height, width] = node.shape
  const groups = Math.ceil(channels / GROUP)
  for (const [share, begin] of begins.entries()) {
    const count = (begins[share + 1] ?? height) - begin
    let at = sumsOf(node, layout, begin, 8)
    for (let group = 0; group < groups; group++)
      for (let y = 0; y < count; y++)
        for (let lane = 0; lane < GROUP; lane++) {
          yield { row: new BigInt64Array(memory, at, width), channel: group * GROUP + lane }
          at += 8 * width
        }
  }
}
