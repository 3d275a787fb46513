/** for one output element, product by product in the order of the RTL. */
import type { CodeTensor } from '../golden/codes.ts'
import { clamp, shiftRoundHalfUp } from '../golden/fixed-point.ts'
import type { IntegerConv } from '../golden/types.ts'
import type { ElementPosition, Explanation, Product, ResultStep } from './explain-types.ts'

/** Where the products of an element run: index within [in, k, k] of each (beat, lane), -1 idle. */
export interface LaneOrder {
  readonly taps: Int32Array
  readonly inputLanes: number
}

/** Every product with a weight, beat by beat, lane by lane; idle lanes have none. */
export function listProducts(
  node: IntegerConv,
  input: CodeTensor,
  at: ElementPosition,
  order: LaneOrder,
): readonly Product[] {
  const { kernel, stride, padding, weight } = node
  const [, height, width] = input.shape
  const { scale, zeroPoint } = input.quant
  const size = weight.length / node.shape[0]
  const products: Product[] = []
  let sum = 0
  let realSum = 0
  order.taps.forEach((tap, index) => {
    if (tap < 0) return
    const channel = Math.floor(tap / (kernel * kernel))
    const ky = Math.floor(tap / kernel) % kernel
    const kx = tap % kernel
    const y = at.y * stride + ky - padding
    const x = at.x * stride + kx - padding
    const isPadding = y < 0 || y >= height || x < 0 || x >= width
    const code = isPadding ? zeroPoint : input.codes[(channel * height + y) * width + x]!
    const q = weight[at.channel * size + tap]!
    const realCode = scale * (code - zeroPoint)
    const realWeight = node.weightScale[at.channel]! * q
    sum += code * q
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
      product: code * q,
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
): Explanation & { readonly products: readonly Product[] } {
  const products = listProducts(node, input, at, order)
  const { result, code } = requantiseByHand(node, input, at, products.at(-1)?.sum ?? 0)
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
    output: { code, real: node.quant.scale * (code - node.quant.zeroPoint) },
    products,
  }
}

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
    formula: `table[${index}], SiLU`,
    value: code,
    real: scale * (code - zeroPoint),
  })
  return { result, code }
}
