/** The accumulators of a convolution beside the codes that a module gave for them, and what its profile says of its stages. */
import type { ModuleShape } from '../../arithmetic/candidates.ts'
import type { Sample, See } from '../../arithmetic/fit-profiles.ts'
import { scalingOf } from '../../arithmetic/parameters.ts'
import type { Profile } from '../../arithmetic/profile.ts'
import { addsZeroPoint, type ChannelParameters } from '../../arithmetic/stages.ts'
import { thinOut } from '../../diff/hypotheses/chance.ts'
import { accumulate } from '../../golden/accumulate.ts'
import { codeOffset, ownCode } from '../../golden/code-range.ts'
import { parameterWidths } from '../../golden/parameter-widths.ts'
import { channelParameters } from '../../golden/requantise.ts'
import type { IntegerConv } from '../../golden/types.ts'
import type { LayerInput } from './layer-inputs.ts'
import type { Table } from './layer-parameters.ts'

/** Elements of an input that are looked at, evenly spread: of the layers of the examples all. */
const MOST_SAMPLES = 25_000

/** How codes are compared. */
export interface Sight {
  readonly see: See
  /** What stands on the port above a code: it is subtracted. */
  readonly offset: number
  /** Codes are compared modulo 2^bits. */
  readonly bits: number
}

/** Wider than a lane that is read: all bits of a code count. */
const WHOLE = 32

/** @param table what the module has behind its stages: that of `revealRounding`, one of its own, or null */
export function sightOf(profile: Profile, node: IntegerConv, table: Table): Sight {
  const { requantBits, quant } = node
  const index = codeOffset(profile, requantBits)
  const offset = codeOffset(profile, quant.bits)
  if (table === null) return { see: (code) => code, offset, bits: WHOLE }
  if (table === 'index') return { see: (code) => code, offset: index, bits: quant.bits }
  const entries = node.table!
  const see: See = (code) =>
    BigInt(entries[Number(BigInt.asUintN(requantBits, code + BigInt(index)))]! - offset)
  return { see, offset, bits: WHOLE }
}

/**
 * @param codes what the module gave, as it is carried
 * @param settings of `settingsOf`: one object for all samples of a channel
 * @param indices of the elements that are looked at; evenly spread unless given
 */
export function listSamples(
  profile: Profile,
  node: IntegerConv,
  { name, tensor }: LayerInput,
  codes: Int32Array,
  { offset }: Sight,
  settings: readonly ChannelParameters[],
  indices: ArrayLike<number> = thinOut(
    Int32Array.from(codes, (_, index) => index),
    MOST_SAMPLES,
  ),
): readonly Sample[] {
  const [, height, width] = node.shape
  return Array.from(indices, (index) => {
    const channel = Math.floor(index / (height * width))
    const at = { channel, y: Math.floor(index / width) % height, x: index % width }
    return {
      acc: BigInt(accumulate(node, tensor, at, profile)),
      by: settings[channel]!,
      code: BigInt(ownCode(codes[index]!, offset)),
      at: { input: name, ...at },
    }
  })
}

/** Of each channel. Whether the layer has a ReLU is said where its profile has a stage for it; elsewhere a stage that is tried has one. */
export function settingsOf(profile: Profile, node: IntegerConv): readonly ChannelParameters[] {
  const isKnown = profile.requantise.some(({ stage }) => stage === 'rectify')
  return Array.from({ length: node.shape[0] }, (_, channel) => {
    const { rectified, ...by } = channelParameters(profile, node, channel)
    return isKnown ? { ...by, rectified } : by
  })
}

/** M of a doubling multiplier is signed. */
const MOST_MULTIPLIER_BITS = 31

/** What a module is given that is driven as its profile says. */
export function shapeOf(profile: Profile, node: IntegerConv): ModuleShape {
  const widths = parameterWidths(profile)
  return {
    multiplierBits: widths.multiplier === 0 ? null : Math.min(widths.multiplier, MOST_MULTIPLIER_BITS),
    shift:
      widths.shift === 0
        ? null
        : {
            signed: widths.isShiftSigned,
            least: Math.min(...node.shift),
            greatest: Math.max(...node.shift),
          },
    zeroPoint: addsZeroPoint(profile.requantise) ? { signed: true, bits: node.requantBits } : null,
    scale: scalingOf(profile.requantise) === 'scale-float',
    codeSigned: profile.codes.signed,
  }
}
