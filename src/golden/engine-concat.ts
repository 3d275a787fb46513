/** The tables by which the engine requantises the inputs of a concat. */
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset } from './code-range.ts'
import { inputParameters } from './concat.ts'
import type { Layout } from './engine-layout.ts'
import { refuseIn } from './engine-stage-parameters.ts'
import { clamp } from './fixed-point.ts'
import { runStagesFast } from './run-stages-fast.ts'
import type { IntegerConcat, IntegerNode, QuantParams } from './types.ts'

/** What every code of each input becomes. */
export function writeConcatTables(
  memory: SharedArrayBuffer,
  node: IntegerConcat,
  inputs: readonly Pick<IntegerNode, 'quant'>[],
  { tensors, concats }: Layout,
  profile: Profile,
): void {
  const { base } = tensors.get(node.name)!
  for (const [i, { quant }] of inputs.entries()) {
    const values = Float64Array.from({ length: 2 ** quant.bits }, (_, code) => code - quant.zeroPoint)
    const table = new Int16Array(memory, concats.get(node.name)![i]!, values.length)
    table.set(requantised(node, i, quant, values, profile).map((code) => code - base))
  }
}

/** As they are carried. */
function requantised(
  node: IntegerConcat,
  input: number,
  { scale }: QuantParams,
  values: Float64Array,
  profile: Profile,
): Int32Array {
  const { name, quant } = node
  if (profile.concat?.form === 'stages') {
    const offset = codeOffset(profile, quant.bits)
    const by = inputParameters(node, input, profile)
    return runStagesFast(profile.concat.input, values, by, refuseIn(name, profile)).map(
      (code) => code + offset,
    )
  }
  const [own, output] = [Math.fround(scale), Math.fround(quant.scale)]
  const reals = Float32Array.from(values, (value) => value * own)
  const quotients = reals.map((real) => real / output)
  return Int32Array.from(quotients, (quotient) =>
    clamp(quant.zeroPoint + nearest(clamp(quotient, -LIMIT, LIMIT)), 0, 2 ** quant.bits - 1),
  )
}

const LIMIT = 2 ** 20
/** A double has no bits below the point there, so that the sum is rounded, half to even. */
const WHOLE = 1.5 * 2 ** 52
const nearest = (value: number): number => value + WHOLE - WHOLE
