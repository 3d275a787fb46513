/** From an accumulator to a code: clause A-4, by the stages of a profile. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { runStages } from '../arithmetic/run-stages.ts'
import type { ChannelParameters } from '../arithmetic/stages.ts'
import { codeOffset } from './code-range.ts'
import { requantise } from './fixed-point.ts'
import type { IntegerConv } from './types.ts'

/** What the stages of a profile take of an output channel. Its zero point is that of the hardware's own codes. */
export const channelParameters = (
  profile: Profile,
  node: IntegerConv,
  channel: number,
): ChannelParameters => ({
  multiplier: node.multiplier[channel]!,
  shift: node.shift[channel]!,
  scale: node.factor?.[channel] ?? 0,
  zeroPoint: node.requantZeroPoint - codeOffset(profile, node.requantBits),
  codeBits: node.requantBits,
  rectified: node.rectified === true,
})

/** The code, as it is carried, of an accumulator of the channel. `assay` in doubles, others in integers without limits. */
export function requantiserOf(profile: Profile, node: IntegerConv, channel: number): (acc: number) => number {
  const by = channelParameters(profile, node, channel)
  if (profile === ASSAY) return (acc) => requantise(acc, { ...by, bits: by.codeBits })
  const offset = codeOffset(profile, node.requantBits)
  return (acc) => Number(runStages(profile.requantise, BigInt(acc), by)) + offset
}
