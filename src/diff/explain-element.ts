/** One element of the operators without weights. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { codeOffset } from '../golden/code-range.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { clamp, shiftRoundHalfUp } from '../golden/fixed-point.ts'
import type { IntegerAdd, IntegerMaxPool, IntegerNode } from '../golden/types.ts'
import { explainAdd } from './explain-add.ts'
import { explainInput } from './explain-concat.ts'
import type { Cell, ElementPosition, Explanation, ResultStep } from './explain-types.ts'

/** A tensor and its name. */
export interface NamedCodes extends CodeTensor {
  readonly name: string
}

/** Of a code as it is carried. */
export const realOf = ({ quant }: Pick<CodeTensor, 'quant'>, code: number): number =>
  quant.scale * (code - quant.zeroPoint)

export function codeAt(tensor: CodeTensor, { channel, y, x }: ElementPosition): number {
  const [, height, width] = tensor.shape
  return tensor.codes[(channel * height + y) * width + x]!
}

/** Where an operator that only moves codes takes an element from. */
export function sourceOf(
  node: IntegerNode,
  inputs: readonly NamedCodes[],
  at: ElementPosition,
): { readonly tensor: NamedCodes; readonly at: ElementPosition } {
  const first = inputs[0]!
  switch (node.op) {
    case 'slice':
      return { tensor: first, at: { ...at, channel: at.channel + node.begin } }
    case 'upsample':
      return { tensor: first, at: { channel: at.channel, y: at.y >> 1, x: at.x >> 1 } }
    case 'concat': {
      let begin = 0
      for (const tensor of inputs) {
        const [channels] = tensor.shape
        if (at.channel < begin + channels) return { tensor, at: { ...at, channel: at.channel - begin } }
        begin += channels
      }
      throw new RangeError(`${node.name}: channel ${at.channel} is beyond the last input`)
    }
    default:
      return { tensor: first, at }
  }
}

/** @param inputs in the order of `node.inputs`; the image itself of an input node. Convolutions are `explainConv`'s. */
export function explainElement(
  node: Exclude<IntegerNode, { op: 'conv' }>,
  inputs: readonly NamedCodes[],
  at: ElementPosition,
  profile: Profile = ASSAY,
): Explanation {
  const offset = codeOffset(profile, node.quant.bits)
  const work =
    node.op === 'add'
      ? profile === ASSAY
        ? addByHand(node, inputs, at)
        : addByProfile(node, inputs, at, profile)
      : node.op === 'max-pool'
        ? poolByHand(node, inputs[0]!, at, offset)
        : moveByHand(node, inputs, at, profile)
  const code = Number(work.result.at(-1)!.value)
  return {
    layer: node.name,
    op: node.op,
    clauses: node.op === 'add' ? 'A-6' : node.op === 'input' ? 'A-1' : 'A-7',
    at,
    ...work,
    output: { code, real: realOf(node, code + offset) },
  }
}

interface Work {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly result: readonly ResultStep[]
}

function addByHand(node: IntegerAdd, inputs: readonly NamedCodes[], at: ElementPosition): Work {
  let sum = 0
  const rows = inputs.map((tensor, i) => {
    const code = codeAt(tensor, at)
    const zero = tensor.quant.zeroPoint
    const term = (code - zero) * node.multipliers[i]!
    sum += term
    return [tensor.name, code, zero, node.multipliers[i]!, term, sum, realOf(tensor, code)]
  })
  const half = 2 ** (node.shift - 1)
  const rounded = shiftRoundHalfUp(sum, node.shift)
  const zero = node.quant.zeroPoint
  const largest = 2 ** node.quant.bits - 1
  const code = clamp(zero + rounded, 0, largest)
  return {
    columns: ['input', 'code', 'zero_point', 'multiplier', 'term', 'sum', 'real_code'],
    rows,
    result: [
      {
        name: 'rounded',
        formula: `floor((${sum} + ${half}) / 2^${node.shift})`,
        value: rounded,
        real: rounded * node.quant.scale,
      },
      {
        name: 'code',
        formula: `clamp(Z + rounded = ${zero} + ${rounded}, 0, ${largest})`,
        value: code,
        real: realOf(node, code),
      },
    ],
  }
}

const addByProfile = (
  node: IntegerAdd,
  inputs: readonly NamedCodes[],
  at: ElementPosition,
  profile: Profile,
): Work =>
  explainAdd(
    node,
    inputs.map((tensor) => ({
      name: tensor.name,
      quant: tensor.quant,
      code: codeAt(tensor, at) - codeOffset(profile, tensor.quant.bits),
    })),
    profile,
  )

/** Taps in the order of the engine: ky, kx. The padding is the least code. */
function poolByHand(node: IntegerMaxPool, input: NamedCodes, at: ElementPosition, offset: number): Work {
  const [, height, width] = input.shape
  const reach = node.kernel >> 1
  const rows: Cell[][] = []
  let largest = 0
  for (let ky = 0; ky < node.kernel; ky++)
    for (let kx = 0; kx < node.kernel; kx++) {
      const [y, x] = [at.y + ky - reach, at.x + kx - reach]
      const isPadding = y < 0 || y >= height || x < 0 || x >= width
      const code = isPadding ? 0 : codeAt(input, { channel: at.channel, y, x })
      largest = Math.max(largest, code)
      rows.push([
        rows.length,
        ky,
        kx,
        at.channel,
        y,
        x,
        isPadding ? 1 : 0,
        code - offset,
        largest - offset,
        isPadding ? null : realOf(input, code),
      ])
    }
  return {
    columns: ['beat', 'ky', 'kx', 'channel', 'y', 'x', 'padding', 'code', 'max', 'real_code'],
    rows,
    result: [
      {
        name: 'code',
        formula: `largest of ${rows.length} taps`,
        value: largest - offset,
        real: realOf(input, largest),
      },
    ],
  }
}

function moveByHand(
  node: IntegerNode,
  inputs: readonly NamedCodes[],
  at: ElementPosition,
  profile: Profile,
): Work {
  const source = sourceOf(node, inputs, at)
  const { channel, y, x } = source.at
  const code = codeAt(source.tensor, source.at)
  const real = realOf(source.tensor, code)
  const own = code - codeOffset(profile, source.tensor.quant.bits)
  return {
    columns: ['input', 'channel', 'y', 'x', 'code', 'real_code'],
    rows: [[source.tensor.name, channel, y, x, own, real]],
    result:
      node.op === 'concat' && profile.concat !== undefined
        ? explainInput(node, inputs.indexOf(source.tensor), source.tensor, code, profile)
        : [{ name: 'code', formula: 'unchanged', value: own, real }],
  }
}
