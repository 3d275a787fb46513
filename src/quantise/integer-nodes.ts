/** The integer parameters of one convolution, add or concat (clauses ), for the arithmetic of a profile. */
import { ASSAY } from '../arithmetic/built-in.ts'
import {
  type Factor,
  factorOf,
  factorsOf,
  factorTypes,
  fixedShift,
  scalingOf,
} from '../arithmetic/parameters.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { Stage } from '../arithmetic/stages.ts'
import { checkChannel } from '../golden/accumulator.ts'
import { codeOffset } from '../golden/code-range.ts'
import type { IntegerAdd, IntegerConcat, IntegerConv, QuantParams } from '../golden/types.ts'
import { unitOf } from '../golden/weight-sums.ts'
import { activationOf } from '../graph/activation.ts'
import type { AddNode, ConcatNode, ConvNode } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { checkLeak, makeActivationTable, makeRectifierTable, readsIndex } from './activation-table.ts'
import { quantiseWeights, type WeightCodes } from './weights.ts'

function scaleBy(layer: string, profile: Profile, stages: readonly Stage[], factor: number): Factor {
  return naming(layer, profile, () => factorOf(stages, factor))
}

/** @throws InputError naming the layer whose scales are too far apart: its weights are not those of a trained model. */
function naming<Result>(layer: string, profile: Profile, choose: () => Result): Result {
  try {
    return choose()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InputError(
      `cannot be requantised (A-4): ${error.message}`,
      layer,
      profile === ASSAY
        ? 'Its weights, or those before it, are far from those of a trained model: check the checkpoint.'
        : `The stages of profile ${profile.name} cannot scale so: give them another shift, or check the checkpoint.`,
      { cause: error },
    )
  }
}

/** What refinement uses instead of a layer's nearest codes and its own bias. */
export interface RefinedLayer {
  readonly weights?: WeightCodes
  /** Real, one per output channel. */
  readonly bias?: Float64Array
}

interface ConvScales {
  readonly input: QuantParams
  /** Parameters of the requantised sums, which index the activation's table, or are the output where there is none. */
  readonly requant: QuantParams
  readonly output: QuantParams
}

interface ConvChoice {
  readonly profile: Profile
  readonly weightBits: number
  readonly refined: RefinedLayer | undefined
}

export function integerConv(
  node: ConvNode,
  { input, requant, output }: ConvScales,
  { profile, weightBits, refined }: ConvChoice,
): IntegerConv {
  const [outChannels] = node.shape
  const realBias = refined?.bias ?? node.bias!
  const { codes, scale: weightScale } =
    refined?.weights ?? quantiseWeights(node.weight, realBias, input.scale, weightBits, profile.weights)
  const bias = new Int32Array(outChannels)
  const factors: number[] = []
  const size = codes.length / outChannels
  const zeroPoint = input.zeroPoint - codeOffset(profile, input.bits)
  const { hasFactor } = factorTypes(profile.requantise)
  const unit = unitOf(profile)
  for (let o = 0; o < outChannels; o++) {
    let [positive, negative] = [0, 0]
    for (let i = o * size; i < (o + 1) * size; i++) {
      const code = codes[i]!
      if (code > 0) positive += code
      else negative += code
    }
    // What a unit of the accumulator stands for: products are shifted before they are added.
    const step = input.scale * weightScale[o]! * unit
    const folded = Math.round(realBias[o]! / step) - Math.round((zeroPoint * (positive + negative)) / unit)
    const aligned = alignBias(node.name, o, folded, profile)
    checkChannel(node.name, o, { positive, negative, bias: aligned, taps: size }, input.bits, profile)
    bias[o] = aligned
    const factor = hasFactor
      ? // In float32, as who computes in it does (onnxruntime, qlinearconv.cc).
        Math.fround(
          Math.fround(Math.fround(input.scale) * Math.fround(weightScale[o]!)) / Math.fround(requant.scale),
        ) * unit
      : step / requant.scale
    factors.push(factor)
  }
  return {
    op: 'conv',
    name: node.name,
    shape: node.shape,
    quant: output,
    inputs: node.inputs,
    inChannels: node.inChannels,
    kernel: node.kernel,
    stride: node.stride,
    padding: node.padding,
    weightBits,
    weight: codes,
    weightScale,
    bias,
    ...factorArrays(
      profile.requantise,
      naming(node.name, profile, () => factorsOf(profile.requantise, factors)),
    ),
    requantZeroPoint: requant.zeroPoint,
    requantBits: requant.bits,
    requantScale: requant.scale,
    ...activate(node, requant, output, profile),
  }
}

/** a table of the index, one on the codes themselves, or a stage that rectifies. */
function activate(
  node: ConvNode,
  requant: QuantParams,
  output: QuantParams,
  profile: Profile,
): Pick<IntegerConv, 'table' | 'activation' | 'rectified'> {
  const apply = activationOf(node)
  if (apply === null) return { table: null }
  const named = node.activation === 'silu' ? {} : { activation: node.activation }
  const { smooth, rectified } = profile.activation
  if (readsIndex(node, profile))
    return { table: makeActivationTable(requant, output, smooth, apply), ...named }
  if (rectified.form === 'codes') return { table: makeRectifierTable(node, output, profile), ...named }
  const stage = profile.requantise.find((one) => one.stage === 'rectify')
  if (node.activation === 'relu6')
    throw new InputError(
      'a stage `rectify` has no upper end',
      node.name,
      'Compute ReLU6 on codes or by a table.',
    )
  if (node.activation === 'leaky-relu') checkLeak(stage?.leak, 'the leak of the stage `rectify`')
  return { table: null, rectified: true, ...named }
}

/** B as the hardware stores it, shifted to the products; a sum that may overflow is no reason to refuse it, a register is. */
function alignBias(layer: string, channel: number, bias: number, { bias: { bits, shift } }: Profile): number {
  const stored = Math.round(bias / 2 ** shift)
  const most = 2 ** (Math.min(bits, 32 - shift) - 1)
  // Where it has all 32 bits, the accumulator's own check says more.
  if (bits + shift < 32 && (stored < -most || stored >= most))
    throw new InputError(
      `the bias ${stored} does not fit ${bits} bits`,
      `${layer}, output channel ${channel}`,
      'Give the profile a wider bias, or a greater bias.shift.',
    )
  return stored * 2 ** shift
}

function factorArrays(
  stages: readonly Stage[],
  factors: readonly Factor[],
): Pick<IntegerConv, 'multiplier' | 'shift' | 'factor'> {
  const types = factorTypes(stages)
  return {
    multiplier: types.multiplier.from(factors.map((one) => one.multiplier)),
    shift: types.shift.from(factors.map((one) => one.shift)),
    ...(types.hasFactor ? { factor: Float32Array.from(factors, ({ scale }) => scale) } : {}),
  }
}

type Operands<Of> = readonly [a: Of, b: Of]

export function integerAdd(
  node: AddNode,
  operands: Operands<QuantParams>,
  output: QuantParams,
  profile: Profile,
): IntegerAdd {
  const { name, shape, inputs } = node
  const base = { op: 'add', name, shape, quant: output, inputs } as const
  if (profile.add.form === 'float32') return { ...base, multipliers: [0, 0], shift: 0 }
  const { operand, sum } = profile.add
  const scales = [operands[0].scale, operands[1].scale] as const
  const scaling = scalingOf(sum)
  // Where both are scaled, what lies between has steps of twice the larger scale, and the bits that operands are shifted to the left.
  const between =
    scaling === 'shift' || scaling === 'none'
      ? output.scale
      : (2 * Math.max(...scales)) / 2 ** -fixedShift(operand)
  const ratios: Operands<number> = [scales[0] / between, scales[1] / between]
  if (scaling === 'shift') {
    const { shift } = scaleBy(name, profile, [...operand, ...sum], Math.max(...ratios))
    const multiplier = (ratio: number) => Math.round(ratio * 2 ** shift)
    const shared = { ...base, multipliers: [multiplier(ratios[0]), multiplier(ratios[1])], shift } as const
    if (profile === ASSAY) return shared
    return { ...shared, stages: { shifts: [0, 0], factors: [0, 0], multiplier: 0, factor: 0 } }
  }
  const [a, b] = [scaleBy(name, profile, operand, ratios[0]), scaleBy(name, profile, operand, ratios[1])]
  const all =
    scaling === 'none'
      ? { multiplier: 0, shift: 0, scale: 0 }
      : scaleBy(name, profile, sum, between / output.scale)
  return {
    ...base,
    multipliers: [a.multiplier, b.multiplier],
    shift: all.shift,
    stages: {
      shifts: [a.shift, b.shift],
      factors: [a.scale, b.scale],
      multiplier: all.multiplier,
      factor: all.scale,
    },
  }
}

export function integerConcat(
  node: ConcatNode,
  inputs: readonly QuantParams[],
  output: QuantParams,
  profile: Profile,
): IntegerConcat {
  const { concat } = profile
  if (concat?.form !== 'stages') return { ...node, quant: output }
  const factors = inputs.map(({ scale }) => scaleBy(node.name, profile, concat.input, scale / output.scale))
  const stages = {
    multipliers: factors.map(({ multiplier }) => multiplier),
    shifts: factors.map(({ shift }) => shift),
    factors: factors.map(({ scale }) => scale),
  }
  return { ...node, quant: output, stages }
}
