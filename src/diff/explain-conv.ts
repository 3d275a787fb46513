/** for one output element, product by product in the order of the RTL. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { adderOf } from '../golden/accumulate.ts'
import { codeOffset, paddingCode } from '../golden/code-range.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { clamp, shiftRoundHalfUp } from '../golden/fixed-point.ts'
import { channelParameters } from '../golden/requantise.ts'
import type { IntegerConv } from '../golden/types.ts'
import { explainStages } from './explain-stages.ts'
import type { ElementPosition, Explanation, Product, ResultStep } from './explain-types.ts'

/** Where the products of an element run: index within [in, k, k] of each (beat, lane), -1 idle. */
export interface LaneOrder {
  readonly taps: Int32Array
  readonly inputLanes: number
}

/** Whether the order of the products decides: then it is that of A-3, channel, row, column, with the bias first. */
const saturatesEach = ({ accumulator: { at, overflow } }: Profile): boolean =>
  at === 'product' && overflow === 'saturate'

/** A tap after the other, as A-3 has them. */
const orderOfTaps = (node: IntegerConv): LaneOrder => ({
  taps: Int32Array.from({ length: node.weight.length / node.shape[0] }, (_, tap) => tap),
  inputLanes: 1,
})

/** Every product with a weight, beat by beat, lane by lane; idle lanes have none. */
export function listProducts(
  node: IntegerConv,
  input: CodeTensor,
  at: ElementPosition,
  order: LaneOrder,
  profile: Profile = ASSAY,
): readonly Product[] {
  const { kernel, stride, padding, weight } = node
  const [, height, width] = input.shape
  const { scale, zeroPoint } = input.quant
  const size = weight.length / node.shape[0]
  const adder = adderOf(profile)
  const offset = codeOffset(profile, input.quant.bits)
  const outside = paddingCode(profile, input.quant)
  const products: Product[] = []
  let sum = saturatesEach(profile) ? node.bias[at.channel]! : 0
  let realSum = 0
  order.taps.forEach((tap, index) => {
    if (tap < 0) return
    const channel = Math.floor(tap / (kernel * kernel))
    const ky = Math.floor(tap / kernel) % kernel
    const kx = tap % kernel
    const y = at.y * stride + ky - padding
    const x = at.x * stride + kx - padding
    const isPadding = y < 0 || y >= height || x < 0 || x >= width
    const carried = isPadding ? outside : input.codes[(channel * height + y) * width + x]!
    const code = carried - offset
    const q = weight[at.channel * size + tap]!
    const realCode = scale * (carried - zeroPoint)
    const realWeight = node.weightScale[at.channel]! * q
    const product = adder.product(code * q)
    sum = saturatesEach(profile) ? adder.each(sum + product) : sum + product
    realSum += realCode * realWeight
    products.push({
      beat: Math.floor(index / order.inputLanes),
      lane: index % order.inputLanes,
      ky,
      kx,
      channel,
      y,
      x,
      isPadding,
      code,
      weight: q,
      product,
      sum,
      realCode,
      realWeight,
      realProduct: realCode * realWeight,
      realSum,
    })
  })
  return products
}

export const CONV_COLUMNS = [
  'beat',
  'lane',
  'ky',
  'kx',
  'channel',
  'y',
  'x',
  'padding',
  'code',
  'weight',
  'product',
  'sum',
  'real_code',
  'real_weight',
  'real_product',
  'real_sum',
] as const

export function explainConv(
  node: IntegerConv,
  input: CodeTensor,
  at: ElementPosition,
  order: LaneOrder,
  profile: Profile = ASSAY,
): Explanation & { readonly products: readonly Product[] } {
  const own = saturatesEach(profile) ? orderOfTaps(node) : order
  const products = listProducts(node, input, at, own, profile)
  const { result, code } =
    profile === ASSAY
      ? requantiseByHand(node, input, at, products.at(-1)?.sum ?? 0)
      : requantiseByStages(node, input, at, products.at(-1)?.sum ?? null, profile)
  const zeroPoint = node.quant.zeroPoint - codeOffset(profile, node.quant.bits)
  return {
    layer: node.name,
    op: node.op,
    clauses: node.table === null ? 'A-3, A-4' : 'A-3, A-4, A-5',
    at,
    columns: CONV_COLUMNS,
    rows: products.map((p) => [
      p.beat,
      p.lane,
      p.ky,
      p.kx,
      p.channel,
      p.y,
      p.x,
      p.isPadding ? 1 : 0,
      p.code,
      p.weight,
      p.product,
      p.sum,
      p.realCode,
      p.realWeight,
      p.realProduct,
      p.realSum,
    ]),
    result,
    output: { code, real: node.quant.scale * (code - zeroPoint) },
    products,
  }
}

/** Of the activation. */
const nameOf = ({ activation = 'silu' }: IntegerConv): string => (activation === 'silu' ? 'SiLU' : activation)

/** From the sum of the products to the output code. */
function requantiseByHand(
  node: IntegerConv,
  input: CodeTensor,
  at: ElementPosition,
  sum: number,
): { result: readonly ResultStep[]; code: number } {
  const channel = at.channel
  const bias = node.bias[channel]!
  const multiplier = node.multiplier[channel]!
  const shift = node.shift[channel]!
  const step = input.quant.scale * node.weightScale[channel]!
  const acc = bias + sum
  const scaled = acc * multiplier
  const half = shift === 0 ? 0 : 2 ** (shift - 1)
  const rounded = shiftRoundHalfUp(scaled, shift)
  const zero = node.requantZeroPoint
  const largest = 2 ** node.requantBits - 1
  const index = clamp(zero + rounded, 0, largest)
  const name = node.table === null ? 'code' : 'index'
  const result: ResultStep[] = [
    { name: 'acc', formula: `B + sum = ${bias} + ${sum}`, value: acc, real: acc * step },
    { name: 'scaled', formula: `acc * M = ${acc} * ${multiplier}`, value: scaled, real: null },
    {
      name: 'rounded',
      formula: `floor((scaled + ${half}) / 2^${shift})`,
      value: rounded,
      real: rounded * node.requantScale,
    },
    {
      name,
      formula: `clamp(Z + rounded = ${zero} + ${rounded}, 0, ${largest})`,
      value: index,
      real: node.requantScale * (index - zero),
    },
  ]
  if (node.table === null) return { result, code: index }
  const code = node.table[index]!
  const { scale, zeroPoint } = node.quant
  result.push({
    name: 'code',
    formula: `table[${index}], ${nameOf(node)}`,
    value: code,
    real: scale * (code - zeroPoint),
  })
  return { result, code }
}

/** The same as a profile has it. @param sum null where all weights are idle */
function requantiseByStages(
  node: IntegerConv,
  input: CodeTensor,
  at: ElementPosition,
  sum: number | null,
  profile: Profile,
): { result: readonly ResultStep[]; code: number } {
  const { accumulator, requantise } = profile
  const bias = node.bias[at.channel]!
  const step = input.quant.scale * node.weightScale[at.channel]!
  const isSummed = saturatesEach(profile)
  const exact = isSummed ? (sum ?? bias) : bias + (sum ?? 0)
  const acc = adderOf(profile).end(exact)
  const formula = isSummed
    ? `B and products, each sum clamped to ${accumulator.bits} bits`
    : `B + sum = ${bias} + ${sum ?? 0}`
  const result: ResultStep[] = [{ name: 'acc', formula, value: exact, real: exact * step }]
  if (acc !== exact) {
    const name = accumulator.overflow === 'wrap' ? 'wrapped' : 'clamped'
    result.push({ name, formula: `acc in ${accumulator.bits} bits, signed`, value: acc, real: acc * step })
  }
  const by = channelParameters(profile, node, at.channel)
  const { steps, value } = explainStages(requantise, BigInt(acc), by)
  const index = Number(value)
  const real = node.requantScale * (index - by.zeroPoint)
  result.push(...steps.slice(0, -1))
  result.push({ ...steps.at(-1)!, name: node.table === null ? 'code' : 'index', real })
  if (node.table === null) return { result, code: index }
  const offset = codeOffset(profile, node.quant.bits)
  const code = node.table[index + codeOffset(profile, node.requantBits)]! - offset
  const { scale, zeroPoint } = node.quant
  result.push({
    name: 'code',
    formula: `table[${index}], ${nameOf(node)}`,
    value: code,
    real: scale * (code - (zeroPoint - offset)),
  })
  return { result, code }
}
