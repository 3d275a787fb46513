/** Writes the stages of convolutions and additions into the engine's memory, with the parameters of each channel. */
import type { Profile } from '../arithmetic/profile.ts'
import type { RoundedStages } from '../arithmetic/rounding-pair.ts'
import type { Stage } from '../arithmetic/stages.ts'
import { InputError } from '../input/input-error.ts'
import { addParameters } from './add.ts'
import type { SumPlan } from './engine-accumulator.ts'
import { GROUP } from './engine-kernel.ts'
import type { StageLayout } from './engine-stage-layout.ts'
import { encodeStages, type RunBegin, type StageRecord, writeRecords } from './engine-stages.ts'
import { channelParameters } from './requantise.ts'
import type { IntegerAdd, IntegerConv } from './types.ts'

/** Refuses a layer whose parameters take more bits than the kernel has. */
export const refuseIn =
  (layer: string, profile: Profile) =>
  ({ stage }: Stage, bits: number): never => {
    throw new InputError(
      `a stage ${stage} of profile ${profile.name} takes a value of ${bits} bits, above the 64 that are computed.`,
      layer,
      'Give the profile a narrow before it, or use fewer weight or activation bits.',
    )
  }

/** The records of a channel behind its last product. */
export function encodeChannel(
  node: IntegerConv,
  plan: SumPlan,
  profile: Profile,
  channel: number,
  { stages, by }: RoundedStages = {
    stages: profile.requantise,
    by: channelParameters(profile, node, channel),
  },
): readonly StageRecord[] {
  const begin: RunBegin = {
    bits: plan.bits[channel]!,
    from: plan.way === 'products' ? 'int64' : 'int32',
    refuse: refuseIn(node.name, profile),
  }
  return encodeStages([...plan.end, ...stages], by, begin).records
}

/** Those of all channels, then that of a product and that of a sum; END alone where there is nothing to do. */
export function writeConvStages(
  memory: SharedArrayBuffer,
  node: IntegerConv,
  plan: SumPlan,
  { records, recordBytes }: StageLayout,
  profile: Profile,
): void {
  const at = records.get(node.name)!
  const [channels] = node.shape
  for (let channel = 0; channel < channels; channel++)
    writeRecords(memory, at + channel * recordBytes, encodeChannel(node, plan, profile, channel))
  if (plan.way !== 'products') return
  const by = channelParameters(profile, node, 0)
  const begin: RunBegin = { bits: 54, from: 'int64', refuse: refuseIn(node.name, profile) }
  for (const [i, stages] of [plan.product, plan.sum].entries())
    writeRecords(
      memory,
      productRecords(at, channels, recordBytes, i),
      encodeStages(stages, by, begin).records,
    )
}

/** Where the records of a product (0) and of a sum (1) lie. */
export const productRecords = (at: number, channels: number, recordBytes: number, list: number): number =>
  at + (Math.ceil(channels / GROUP) * GROUP + list) * recordBytes

/** Those of each operand and of the sum; in float32 the three scales. */
export function writeAddStages(
  memory: SharedArrayBuffer,
  node: IntegerAdd,
  operands: readonly { readonly quant: { readonly scale: number; readonly bits: number } }[],
  { records, recordBytes }: StageLayout,
  profile: Profile,
): void {
  const at = records.get(node.name)!
  const { add } = profile
  if (add.form === 'float32') {
    new Float32Array(memory, at, 3).set([...operands, node].map(({ quant }) => quant.scale))
    return
  }
  const by = addParameters(node, profile)
  const refuse = refuseIn(node.name, profile)
  const encoded = operands.map(({ quant }, i) =>
    encodeStages(add.operand, by.operands[i]!, { bits: quant.bits + 1, from: 'int64', refuse }),
  )
  for (const [i, { records: own }] of encoded.entries()) writeRecords(memory, at + i * recordBytes, own)
  const bits = Math.max(...encoded.map((own) => own.bits)) + 1
  writeRecords(
    memory,
    at + 2 * recordBytes,
    encodeStages(add.sum, by.sum, { bits, from: 'int64', refuse }).records,
  )
}
