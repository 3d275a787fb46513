/** Words of the parameter ROM: bias, multiplier and shift of every output lane (docs/detector.md, "ROMs"). */
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset } from '../golden/code-range.ts'
import type { IntegerConv } from '../golden/types.ts'
import { sumWeights } from '../golden/weight-sums.ts'
import { paramBits } from './arithmetic-words.ts'
import type { EngineParameters } from './parameters.ts'
import type { RequantiseUnit } from './rtl-arithmetic.ts'
import type { ConvLanes } from './weights.ts'

/** How a convolution's parameters are written. */
export interface ParamLayout {
  readonly profile: Profile
  readonly unit: RequantiseUnit
  /** Bits of the tensor that the convolution reads. */
  readonly inputBits: number
}

/**
 * B for codes as they are carried, `offset` above those of the hardware: the same accumulator from other codes. Modulo 2^32, as
 * everything behind it is.
 */
export function carriedBias(conv: IntegerConv, channel: number, { profile, inputBits }: ParamLayout): number {
  const offset = codeOffset(profile, inputBits)
  const bias = conv.bias[channel]!
  return offset === 0 ? bias : (bias - offset * sumWeights(conv, channel)) | 0
}

/** s as the unit takes it: one that is not shifted by is 0. */
export const unitShift = (
  { LeftShift, MostShift }: Pick<RequantiseUnit, 'LeftShift' | 'MostShift'>,
  shift: number,
): number => (shift < 0 ? (LeftShift === 1 ? shift : 0) : MostShift === 0 ? 0 : shift)

/** Writes the parameters of every output lane to `bytes` from word `base` on. Idle lanes stay zero. */
export function layParams(
  bytes: Uint8Array,
  base: number,
  conv: IntegerConv,
  lanes: ConvLanes,
  engine: EngineParameters,
  layout: ParamLayout,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const laneBytes = paramBits(layout.unit) / 8
  lanes.outputs.forEach((channel, lane) => {
    if (channel < 0) return
    const at = (base * engine.outputLanes + lane) * laneBytes
    view.setInt32(at, carriedBias(conv, channel, layout), true)
    if (laneBytes === 8) view.setUint16(at + 4, conv.multiplier[channel]!, true)
    else view.setUint32(at + 4, conv.multiplier[channel]!, true)
    view.setInt8(at + laneBytes - (laneBytes === 8 ? 2 : 4), unitShift(layout.unit, conv.shift[channel]!))
  })
}
